import { parentPort, workerData } from 'node:worker_threads'
import { instance } from '@viz-js/viz'

const viz = await instance()
const svg = viz.renderString(String(workerData), { format: 'svg' })
// The document type names a file elsewhere; the comments repeat the names of nodes.
parentPort?.postMessage(svg.replace(/<!DOCTYPE[^>]*>\s*/, '').replaceAll(/<!--.*?-->\s*/gs, ''))
