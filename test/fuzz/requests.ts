import fc from 'fast-check'
import { child, prefix, query, segment, type Target, targetOf } from './targets.ts'
import { anyBody, type Body, change, encodedText, newAccount, weighted } from './values.ts'
import { restcommWebhook } from './webhook-requests.ts'

/** A request before it is known which accounts there are. */
export type FuzzRequest = {
  readonly login: FuzzLogin
  readonly method: string
  readonly target: Target
  /** Whole lines; one may hold a second. */
  readonly headers: readonly string[]
  readonly body: Body | undefined
  /** Whether the body goes out in chunks instead of with its length. */
  readonly isChunked: boolean
}

/** `own` is the account below which the writes go; `root` and `child` only read, or write what is no account. */
export type FuzzLogin =
  | { readonly kind: 'own' | 'root' | 'none' | 'wrongToken' | 'wrongPassword' }
  | { readonly kind: 'child'; readonly index: number }
  | { readonly kind: 'header'; readonly value: string }

const form = 'application/x-www-form-urlencoded'

const accept = fc
  .constantFrom(
    ...[
      'application/json',
      'application/xml',
      '*/*',
      'text/html',
      'text/html, application/xml;q=0.9',
    ],
    ...['', ',', 'json', 'application/*', 'é', 'x'.repeat(5000), '*/*;q=0', 'image/png'],
  )
  .map((value) => `Accept: ${value}`)

const contentType = fc
  .constantFrom(
    ...[
      'application/json',
      'text/plain',
      'text/xml',
      'multipart/form-data; boundary=x',
      '',
      ';',
      'é',
    ],
    ...[
      `${form}; charset=utf-8`,
      `${form}; charset=utf-16`,
      `${form}; charset=nonsense`,
      `${form};`,
    ],
  )
  .map((value) => `Content-Type: ${value}`)

const header = weighted(
  [4, accept],
  [3, contentType],
  [
    3,
    fc.constantFrom(
      ...[
        'Content-Encoding: gzip',
        'Content-Encoding: identity',
        'X-Request-ID: a b',
        'X-Request-ID: ok',
      ],
      ...[
        'X-Forwarded-For: 1.2.3.4',
        'Origin: http://localhost',
        'Origin: null',
        'Origin: http://evil',
      ],
      ...[
        'Sec-Fetch-Site: cross-site',
        'Sec-Fetch-Site: same-origin',
        'Range: bytes=0-1',
        'Cookie: a=b',
      ],
      ...[
        'Expect: 100-continue',
        'Expect: x',
        'If-None-Match: *',
        'X-HTTP-Method-Override: DELETE',
      ],
      ...[
        'Upgrade: websocket',
        'Host: y',
        'Connection: close',
        'Bad Name: x',
        'X-Nul: \x00',
        ': x',
        'x',
      ],
      ...['X-Auth-Token: x', 'Content-Length: x', 'Transfer-Encoding: gzip\r\nConnection: close'],
    ),
  ],
)

const own = fc.constant<FuzzLogin>({ kind: 'own' })
const root = fc.constant<FuzzLogin>({ kind: 'root' })

const login = weighted<FuzzLogin>(
  [24, own],
  [3, fc.constant({ kind: 'none' })],
  [1, fc.constantFrom({ kind: 'wrongToken' }, { kind: 'wrongPassword' })],
  [
    2,
    fc
      .oneof(
        fc.constantFrom(
          'Basic',
          'Basic ',
          'Basic !!!',
          'Bearer x',
          'Basic Og==',
          'Basic AA==',
          'é',
        ),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => basicOf(Buffer.from(bytes))),
        fc.nat({ max: 4_000 }).map((count) => basicOf(Buffer.from(`${'a@'.repeat(count)}:x`))),
      )
      .map((value) => ({ kind: 'header', value })),
  ],
)

const anything: fc.Arbitrary<FuzzRequest> = fc.record({
  login,
  method: fc.constantFrom(
    ...['GET', 'GET', 'POST', 'POST', 'PUT', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE'],
    ...['PURGE', 'PROPFIND', 'get', 'FOO', 'QUERY'],
  ),
  target: fc.record({ prefix, segments: fc.array(segment, { maxLength: 4 }), query }),
  headers: fc.array(header, { maxLength: 3 }),
  body: fc.option(anyBody, { nil: undefined }),
  isChunked: fc.boolean(),
})

const formHeaders = fc
  .constantFrom('application/json', 'application/xml')
  .map((type) => [`Accept: ${type}`, `Content-Type: ${form}`])

const creating: fc.Arbitrary<FuzzRequest> = fc.record({
  login: own,
  method: fc.constant('POST'),
  target: targetOf(fc.constant(['Accounts'])),
  headers: formHeaders,
  body: newAccount,
  isChunked: fc.boolean(),
})

const changing: fc.Arbitrary<FuzzRequest> = fc.record({
  login: own,
  method: fc.constantFrom('PUT', 'POST'),
  target: targetOf(child.map((segment) => ['Accounts', segment])),
  headers: formHeaders,
  body: change,
  isChunked: fc.boolean(),
})

/** Malformed bodies and headers where well-formed ones would be a create or a change. */
const almostWriting: fc.Arbitrary<FuzzRequest> = fc.record({
  login: own,
  method: fc.constantFrom('PUT', 'POST'),
  target: targetOf(fc.oneof(fc.tuple(fc.constant('Accounts'), child), fc.constant(['Accounts']))),
  headers: fc.array(header, { maxLength: 1 }).map((more) => [`Content-Type: ${form}`, ...more]),
  body: anyBody,
  isChunked: fc.boolean(),
})

const reading: fc.Arbitrary<FuzzRequest> = fc.record({
  login: fc.oneof(
    root,
    own,
    fc.nat().map((index): FuzzLogin => ({ kind: 'child', index })),
  ),
  method: fc.constantFrom('GET', 'HEAD'),
  target: fc.record({
    prefix,
    segments: fc.oneof(
      fc.constantFrom(['Accounts'], ['Accounts.json'], ['Organizations'], ['Organizations', 'x']),
      fc.tuple(fc.constantFrom('Accounts', 'Accounts.json'), child),
      fc.array(segment, { maxLength: 3 }),
    ),
    query,
  }),
  headers: fc.array(header, { maxLength: 2 }),
  body: fc.constant(undefined),
  isChunked: fc.constant(false),
})

const organizing: fc.Arbitrary<FuzzRequest> = fc.record({
  login: root,
  method: fc.constant('PUT'),
  target: targetOf(
    fc
      .oneof(
        encodedText,
        fc.nat().map((number) => `Org-${number}.example.`),
      )
      .map((name) => ['Organizations', name]),
  ),
  headers: fc.array(header, { maxLength: 1 }),
  body: fc.constant(undefined),
  isChunked: fc.constant(false),
})

/** A close of a child that is only to be counted, or the opposite of one. */
const closing: fc.Arbitrary<FuzzRequest> = fc
  .tuple(
    child,
    fc.constantFrom(
      ...['Status=closed&DryRun=true', 'DryRun=true', 'Status=active&DryRun=true', 'DryRun=x'],
      ...['Status=closed&DryRun=TRUE', undefined, undefined],
    ),
    formHeaders,
    fc.boolean(),
  )
  .chain(([segment, bytes, headers, isChunked]) => {
    const path = bytes === undefined ? ['Accounts', segment, 'Reopen'] : ['Accounts', segment]
    const body = { bytes: bytes ?? '' }
    return targetOf(fc.constant(path)).map((target) => {
      return { login: { kind: 'own' }, method: 'POST', target, headers, body, isChunked }
    })
  })

export const fuzzRequest = weighted(
  [30, anything],
  [12, almostWriting],
  [16, creating],
  [20, changing],
  [10, reading],
  [2, organizing],
  [4, closing],
  [6, restcommWebhook],
)

function basicOf(bytes: Buffer): string {
  return `Basic ${bytes.toString('base64')}`
}
