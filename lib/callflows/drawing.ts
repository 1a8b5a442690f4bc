import { Worker } from 'node:worker_threads'
import type { WorkQueue } from '../work-queue.ts'

// Laying out a graph is work for the processor alone: 0.1 s for 1,000 nodes, 0.4 s for 2,000. It is
// done in a thread of its own, so that it stops nobody and can be stopped. Each picture gets a new
// one (100 ms): nothing stays in memory, and a fault of Graphviz spoils no other picture.

/** More than a document of 5,000 JSON values can hold modules. */
export const maxDrawnNodes = 2000

export const maxDrawingSeconds = 5

export type Drawing =
  | { readonly outcome: 'drawn'; readonly svg: string }
  | { readonly outcome: 'tooLarge'; readonly maxNodes: number }
  | { readonly outcome: 'tooSlow'; readonly maxSeconds: number }

export type Graph = { readonly dot: string; readonly nodes: number }

/**
 * The graph as SVG without scripts and references to other documents. Give every call the same
 * queue: it lets one drawing run at a time and refuses one too many as `throttled`.
 */
export async function drawGraph(
  graph: Graph,
  queue: WorkQueue,
  maxSeconds: number = maxDrawingSeconds,
): Promise<Drawing> {
  if (graph.nodes > maxDrawnNodes) {
    return { outcome: 'tooLarge', maxNodes: maxDrawnNodes }
  }
  return queue.run(() => drawInThread(graph.dot, maxSeconds))
}

// The compiled package holds `.js` files, a checkout the sources.
const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const threadFile = new URL(`./drawing-thread.${ending}`, import.meta.url)

async function drawInThread(dot: string, maxSeconds: number): Promise<Drawing> {
  const thread = new Worker(threadFile, { workerData: dot, env: {}, execArgv: [] })
  const { promise, resolve, reject } = Promise.withResolvers<Drawing>()
  const timer = setTimeout(() => resolve({ outcome: 'tooSlow', maxSeconds }), maxSeconds * 1000)
  thread.once('message', (svg: string) => resolve({ outcome: 'drawn', svg }))
  thread.once('error', reject)
  thread.once('exit', () => reject(new Error('The drawing thread ended without a picture')))
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    await thread.terminate()
  }
}
