import { createInterface } from 'node:readline'
import type { ReadStream } from 'node:tty'
import type { Progress } from '../db/maintenance.ts'

/** How a command talks with the operator. */
export type Terminal = {
  /** A line of the result, to standard output. */
  say(line: string): void
  /** Whether anyone still reads what is said; throws when it cannot be written. */
  isHeard(): Promise<boolean>
  /** A line beside the result, to standard error. */
  note(line: string): void
  /** How far a long work has come, shown only to a person who watches. */
  progress(work: string): Progress
  /** A secret: twice from the keyboard without showing it, or the first line of standard input. */
  askSecret(what: string): Promise<string>
}

export type Streams = {
  readonly stdin: ReadStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WriteStream
}

const shownEveryMs = 100

/** Throws, in `askSecret`, when two entries differ, when there is none, or when it is broken off. */
export function openTerminal({ stdin, stdout, stderr }: Streams): Terminal {
  const asked = (prompt: string) =>
    hiddenLine(stdin, () => stderr.write(prompt)).finally(() => stderr.write('\n'))
  let fault: NodeJS.ErrnoException | undefined
  stdout.on('error', (error) => {
    fault ??= error
  })
  return {
    say: (line) => {
      stdout.write(`${line}\n`)
    },
    async isHeard() {
      // A fault is told at the next tick.
      await new Promise((resume) => setImmediate(resume))
      if (fault !== undefined && fault.code !== 'EPIPE') {
        throw new Error(`standard output: ${fault.message}`)
      }
      return fault === undefined
    },
    note: (line) => {
      stderr.write(`${line}\n`)
    },
    progress: (work) => (stderr.isTTY ? shownProgress(stderr, work) : () => {}),
    async askSecret(what) {
      if (!stdin.isTTY) {
        return firstLine(stdin)
      }
      const secret = await asked(`${what}: `)
      if ((await asked(`${what}, once more: `)) !== secret) {
        throw new Error('the two entries differ; nothing was changed')
      }
      return secret
    },
  }
}

function shownProgress(stderr: NodeJS.WriteStream, work: string): Progress {
  let shownAt = Number.NEGATIVE_INFINITY
  return (done, total) => {
    const isDone = done >= total
    if (isDone || performance.now() - shownAt > shownEveryMs) {
      shownAt = performance.now()
      const percent = total === 0 ? 100 : Math.floor((100 * done) / total)
      stderr.write(`\r${work}: ${percent} %${isDone ? '\n' : ''}`)
    }
  }
}

async function firstLine(stdin: ReadStream): Promise<string> {
  const lines = createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    return line
  }
  throw new Error('standard input is empty')
}

/** Reads keys one by one, as the terminal would show them otherwise; `prompt` once it shows none. */
function hiddenLine(stdin: ReadStream, prompt: () => void): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: readonly string[] = []
    const end = (settle: () => void) => {
      stdin.off('data', take)
      stdin.setRawMode(false)
      stdin.pause()
      settle()
    }
    const take = (data: Buffer | string) => {
      for (const key of data.toString()) {
        if (key === '\r' || key === '\n') {
          return end(() => resolve(typed.join('')))
        }
        if (key === '\u0003' || key === '\u0004') {
          return end(() => reject(new Error('broken off; nothing was changed')))
        }
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : [...typed, key]
      }
    }
    stdin.setEncoding('utf8')
    stdin.setRawMode(true)
    stdin.on('data', take)
    stdin.resume()
    prompt()
  })
}
