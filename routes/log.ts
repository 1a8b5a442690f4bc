import pino, { type Logger } from 'pino'

export type ServerLog = {
  readonly log: Logger
  /** Writes what still waits, before it returns. */
  flush(): void
}

/** Lines wait for each other so long, or for so many characters: a write for each woke a thread for each. */
const waitMs = 100
const mostWaiting = 32_768

/** A log of JSON lines at an open file, in which nothing waits for the file. A fatal line is there at once. */
export function openLog(fd: number, level: string): ServerLog {
  const destination = linesTogether(pino.destination({ fd, sync: false }))
  return {
    log: pino({ level, base: null, timestamp: timeOfLine() }, destination),
    flush: destination.flushSync,
  }
}

type Destination = ReturnType<typeof pino.destination>

/**
 * Hands on many lines as one text. The destination could let them wait too, but measures all that waits
 * there anew for each that comes, which took a twentieth of the time of a read.
 */
function linesTogether(destination: Destination): Pick<Destination, 'flushSync'> & Writable {
  let lines = ''
  let timer: NodeJS.Timeout | undefined
  const handOn = () => {
    clearTimeout(timer)
    timer = undefined
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
        handOn()
      } else {
        timer ??= setTimeout(handOn, waitMs).unref()
      }
    },
    flushSync() {
      handOn()
      destination.flushSync()
    },
  }
}

type Writable = { write(line: string): void }

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
