import type { Figures } from './child.ts'

// Loaded into a measured process before its program: tells its own figures when it is asked.
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const figures: Figures = {
    cpuMicroseconds: user + system,
    residentBytes: process.memoryUsage.rss(),
  }
  process.send?.(figures)
})
process.channel?.unref()
