import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import type { Asked, Told } from './child.ts'

// Loaded into a measured process before its program: tells its own figures when it is asked, and where its time went.

const session = new Session()

process.on('message', async (asked: Asked) => {
  process.send?.(await answerTo(asked))
})
process.channel?.unref()

async function answerTo(asked: Asked): Promise<Told> {
  switch (asked) {
    case 'figures': {
      const { user, system } = process.cpuUsage()
      const figures = {
        cpuMicroseconds: user + system,
        residentBytes: process.memoryUsage.rss(),
        mostResidentBytes: mostResidentBytes(),
      }
      return { figures }
    }
    case 'profile begins':
      session.connect()
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: 200 })
      await session.post('Profiler.start')
      return {}
    case 'profile ends': {
      const { profile } = await session.post('Profiler.stop')
      session.disconnect()
      return { profile }
    }
  }
}

/** What `resourceUsage` tells begins with what the process had that this one was forked from. */
function mostResidentBytes(): number {
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return Number(kibibytes) * 1024
}
