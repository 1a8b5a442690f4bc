import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { join } from 'node:path'
import { root } from '../support/sources.ts'

/** What a process has used since it began, all its threads together, and the most memory that it ever had. */
export type Figures = {
  readonly cpuMicroseconds: number
  readonly residentBytes: number
  readonly mostResidentBytes: number
}

export type Asked = 'figures' | 'profile begins' | 'profile ends'
export type Told = { readonly figures?: Figures; readonly profile?: Profiler.Profile }

export type Child = {
  readonly url: string
  /** From the launch to the line that says where it listens. */
  readonly readyMs: number
  figures(): Promise<Figures>
  /** Where its time goes while `run` runs. */
  profile(run: () => Promise<unknown>): Promise<Profiler.Profile>
  stop(): Promise<void>
}

const reporter = join(root, 'test/bench/process-figures.ts')

/**
 * Starts a server in a process of its own, which logs to a file; the program may come behind flags of
 * Node's. Throws when it ends instead of listening.
 */
export async function startChild(words: readonly string[], logFile: string): Promise<Child> {
  const begun = performance.now()
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, ['--import', reporter, ...process.execArgv, ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', log, 'ipc'],
    env: withoutSettings(),
  })
  closeSync(log)
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const url = await listeningUrl(child, logFile)
  const readyMs = performance.now() - begun
  const ask = async (asked: Asked): Promise<Told> => {
    const answer = once(child, 'message')
    child.send(asked)
    const [told]: Told[] = await answer
    return told ?? {}
  }
  return {
    url,
    readyMs,
    async figures() {
      const { figures } = await ask('figures')
      if (figures === undefined) {
        throw new Error(`${words.join(' ')} told no figures`)
      }
      return figures
    },
    async profile(run) {
      await ask('profile begins')
      await run()
      const { profile } = await ask('profile ends')
      if (profile === undefined) {
        throw new Error(`${words.join(' ')} told no profile`)
      }
      return profile
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill()
      await ended
      process.off('exit', end)
    },
  }
}

function withoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('STROWGER_')),
  )
}

async function listeningUrl(child: ChildProcess, logFile: string): Promise<string> {
  let said = ''
  for await (const text of child.stdout?.setEncoding('utf8').iterator({ destroyOnReturn: false }) ??
    []) {
    said += text
    const url = /^listening on (\S+)\n/m.exec(said)?.[1]
    if (url !== undefined) {
      child.stdout?.resume()
      return url
    }
  }
  throw new Error(`the server ended before it listened; see ${logFile}`)
}
