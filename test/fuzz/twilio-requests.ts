import fc from 'fast-check'
import { query } from './targets.ts'
import { anyBody, type Body, change, encodedText, newAccount, weighted } from './values.ts'

/** A piece of a path as it goes out, or one that is filled in with what the client has made. */
export type TwilioSegment =
  | string
  | { readonly account: number; readonly suffix: string }
  | { readonly key: number; readonly suffix: string }

export type TwilioRequest = {
  readonly login: 'own' | 'root' | 'key' | 'wrong' | 'none'
  readonly method: string
  readonly segments: readonly TwilioSegment[]
  readonly query: string
  /** Whole lines. */
  readonly headers: readonly string[]
  readonly body: Body | undefined
}

const suffix = weighted(
  [6, fc.constant('.json')],
  [3, fc.constant('')],
  [1, fc.constantFrom('/', '.xml', '.csv', '.JSON', '.json.json', '.json/', '%2Ejson', '%00')],
)
const account: fc.Arbitrary<TwilioSegment> = fc.record({ account: fc.nat(), suffix })
const owner: fc.Arbitrary<TwilioSegment> = fc.record({
  account: weighted([3, fc.constant(0)], [1, fc.nat()]),
  suffix: fc.constant(''),
})
const key: fc.Arbitrary<TwilioSegment> = fc.record({ key: fc.nat(), suffix })
const keys = fc.constantFrom('Keys', 'SigningKeys', 'Keys', 'keys')
const base = weighted(
  [12, fc.constantFrom('/2010-04-01', '/restcomm/2010-04-01')],
  [1, fc.constantFrom('/2010-04-01/', '//2010-04-01', '/v1', '/2010-04-01.json', '')],
)
const word = fc.oneof(
  fc.constantFrom('Accounts', 'Keys', 'Secondary', 'Promote', '..', '.json', '%2e%2e', 'Calls'),
  encodedText,
)

const segments: fc.Arbitrary<readonly TwilioSegment[]> = weighted<readonly TwilioSegment[]>(
  [
    8,
    fc.tuple(
      base,
      suffix.map((end) => `Accounts${end}`),
    ),
  ],
  [8, fc.tuple(base, fc.constant('Accounts'), account)],
  [
    5,
    fc.tuple(
      base,
      fc.constant('Accounts'),
      owner,
      fc.tuple(keys, suffix).map((parts) => parts.join('')),
    ),
  ],
  [6, fc.tuple(base, fc.constant('Accounts'), owner, keys, key)],
  [
    3,
    fc.tuple(
      fc.constantFrom('/v1/AuthTokens', '/restcomm/v1/AuthTokens'),
      fc.constantFrom('Secondary', 'Promote', 'Secondary/'),
    ),
  ],
  [1, fc.constantFrom(['/docs/errors', '20404'], ['/docs/errors', 'x'], ['/docs/errors', '%00'])],
  [2, fc.tuple(base, word, word)],
  [1, fc.array(fc.oneof(base, word, account), { minLength: 1, maxLength: 6 })],
)

const number = fc.constantFrom(
  '0',
  '1',
  '50',
  '1000',
  '1001',
  '-1',
  '1.5',
  'x',
  '',
  '99999999999999999999',
)
const paging = fc
  .array(
    fc.oneof(
      number.map((value) => `PageSize=${value}`),
      number.map((value) => `Page=${value}`),
      encodedText.map((value) => `PageToken=${value}`),
      fc.constantFrom('active', 'closed', 'nonsense', '').map((value) => `Status=${value}`),
      encodedText.map((value) => `FriendlyName=${value}`),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parameters) => parameters.join('&'))

const keyForm: fc.Arbitrary<Body> = fc
  .record(
    {
      FriendlyName: encodedText,
      Scope: fc.constantFrom('read', 'write', 'admin', 'ADMIN', 'all', ''),
      Reach: fc.constantFrom('self', 'branch', 'tree', ''),
      ExpiresAt: fc.constantFrom('2099-01-31', '1999-01-31', '2099-13-41', 'never', '', '9e99'),
    },
    { requiredKeys: [] },
  )
  .map((form) => ({
    bytes: Object.entries(form)
      .map((pair) => pair.join('='))
      .join('&'),
  }))

const header = fc.oneof(
  fc.nat({ max: 9 }).map((used) => `Idempotency-Key: key-${used}`),
  fc.constantFrom('Idempotency-Key: ', 'Idempotency-Key: a b', 'Idempotency-Key: é'),
  fc.constant(`Idempotency-Key: ${'x'.repeat(256)}`),
  fc.constantFrom('Accept: application/xml', 'Accept: text/html', 'Accept: ', 'Accept: é'),
  fc.constantFrom('Content-Type: application/json', 'Content-Type: text/xml', 'Content-Type: ;'),
  fc.constantFrom('Content-Type: multipart/form-data; boundary=x', 'X-Request-ID: a b'),
  fc.constantFrom('Origin: http://evil', 'Sec-Fetch-Site: cross-site', 'Range: bytes=0-1'),
  fc.constantFrom('If-None-Match: *', 'If-Match: "x"', 'X-HTTP-Method-Override: DELETE'),
)

const form = 'Content-Type: application/x-www-form-urlencoded'

export const twilioRequest: fc.Arbitrary<TwilioRequest> = fc.record({
  login: weighted<TwilioRequest['login']>(
    [16, fc.constant('own')],
    [4, fc.constant('root')],
    [3, fc.constant('key')],
    [1, fc.constantFrom('wrong', 'none')],
  ),
  method: weighted(
    [10, fc.constant('POST')],
    [6, fc.constant('GET')],
    [2, fc.constantFrom('DELETE', 'HEAD', 'OPTIONS')],
    [1, fc.constantFrom('PUT', 'PATCH', 'TRACE', 'PURGE', 'QUERY')],
  ),
  segments,
  query: weighted([6, fc.constant('')], [3, paging], [1, query]),
  headers: weighted(
    [6, fc.constant<readonly string[]>([form])],
    [3, header.map((more) => [form, more])],
    [1, fc.array(header, { maxLength: 2 })],
  ),
  body: weighted<Body | undefined>(
    [3, newAccount],
    [4, change],
    [3, keyForm],
    [3, anyBody],
    [2, fc.constant(undefined)],
  ),
})
