import pino, { type Logger } from 'pino'

export type ServerLog = {
  readonly log: Logger
  /** Writes what still waits, before it returns. What was handed on in an earlier turn may be on its way yet. */
  flush(): void
}

/** Lines wait for each other so long, or for so many characters: a write for each woke a thread for each. */
const waitMs = 100
const mostWaiting = 32_768

/** A log of JSON lines at an open file, in which nothing waits for the file. A fatal line is there at once. */
export function openLog(fd: number, level: string): ServerLog {
  const destination = linesTogether(fd)
  return {
    log: pino({ level, base: null, timestamp: timeOfLine() }, destination),
    flush: destination.flushSync,
  }
}

/**
 * Hands on many lines as one text. The destination could let them wait too, but measures all that waits
 * there anew for each that comes, which took a twentieth of the time of a read. It begins to write as soon
 * as it is given something, and what it has begun cannot be waited for: so nothing is handed on before the
 * end of a turn, and what is to be there at once goes another way.
 */
function linesTogether(fd: number): { write(line: string): void; flushSync(): void } {
  const later = pino.destination({ fd, sync: false })
  const atOnce = pino.destination({ fd, sync: true })
  let lines = ''
  let timer: NodeJS.Timeout | undefined
  let turnEnd: NodeJS.Immediate | undefined
  const handOnTo = (destination: typeof later) => {
    clearTimeout(timer)
    clearImmediate(turnEnd)
    timer = undefined
    turnEnd = undefined
    const text = lines
    lines = ''
    if (text !== '') {
      destination.write(text)
    }
  }
  return {
    write(line) {
      lines += line
      if (lines.length >= mostWaiting) {
        turnEnd ??= setImmediate(handOnTo, later)
      } else {
        timer ??= setTimeout(handOnTo, waitMs, later).unref()
      }
    },
    flushSync() {
      later.flushSync()
      handOnTo(atOnce)
    },
  }
}

/** The time as pino's own `isoTime` writes it, whose text is made once in a millisecond. */
function timeOfLine(): () => string {
  let at = Number.NaN
  let text = ''
  return () => {
    const now = Date.now()
    if (now !== at) {
      at = now
      text = `,"time":"${new Date(now).toISOString()}"`
    }
    return text
  }
}
