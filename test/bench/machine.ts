import { cpus, loadavg, totalmem } from 'node:os'
import process from 'node:process'

/** What the figures were measured on, and how busy that was. */
export function machine() {
  const [first] = cpus()
  return {
    node: process.version,
    sqlite: process.versions.sqlite,
    platform: `${process.platform} ${process.arch}`,
    processor: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    loadAverage: loadavg().map((load) => Math.round(load * 100) / 100),
    at: new Date().toISOString(),
  }
}

export function machineText({ node, platform, processor, cores, loadAverage }: Machine): string {
  return (
    `Node ${node}, ${platform}, ${cores} cores (${processor}), load ${loadAverage.join(' ')}. ` +
    'The load is made by a process on the same cores: compare within a run, and CPU before throughput.'
  )
}

type Machine = ReturnType<typeof machine>
