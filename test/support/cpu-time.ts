/** Milliseconds of the processor that this takes its thread; a busy machine lengthens them far less than those of the clock. */
export function cpuMsOf(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
