export type RawReply = {
  readonly status: number
  /** By name in small letters. */
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
}

type Parsed = RawReply & { readonly length: number }

/** The answer at the beginning of the bytes; undefined as long as it is not whole. */
export function parseReply(bytes: Buffer, method: string, isEnded: boolean): Parsed | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd === -1) {
    return undefined
  }
  const [statusLine = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n')
  const status = Number(statusLine.split(' ')[1])
  const headers = new Map(lines.map(headerFrom))
  const begin = headEnd + 4
  if (status < 200) {
    const later = parseReply(bytes.subarray(begin), method, isEnded)
    return later && { ...later, length: later.length + begin }
  }
  const body =
    method === 'HEAD' || status === 204
      ? { text: '', end: 0 }
      : bodyOf(bytes.subarray(begin), headers, isEnded)
  return body && { status, headers, text: body.text, length: begin + body.end }
}

function headerFrom(line: string): [name: string, value: string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

type Body = { readonly text: string; readonly end: number }

function bodyOf(
  bytes: Buffer,
  headers: ReadonlyMap<string, string>,
  isEnded: boolean,
): Body | undefined {
  if (headers.get('transfer-encoding') === 'chunked') {
    return chunkedBody(bytes)
  }
  const length = headers.get('content-length')
  const end = length === undefined ? bytes.length : Number(length)
  const isWhole = length === undefined ? isEnded : bytes.length >= end
  return isWhole ? { text: bytes.subarray(0, end).toString('utf8'), end } : undefined
}

function chunkedBody(bytes: Buffer): Body | undefined {
  const pieces: Buffer[] = []
  let at = 0
  while (true) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) {
      return undefined
    }
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) {
      return undefined
    }
    if (size === 0) {
      return { text: Buffer.concat(pieces).toString('utf8'), end: next }
    }
    pieces.push(bytes.subarray(lineEnd + 2, next - 2))
    at = next
  }
}
