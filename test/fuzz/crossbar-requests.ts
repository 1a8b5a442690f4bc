import fc from 'fast-check'
import { callflowRequest } from './callflow-requests.ts'
import { crossbarWebhook } from './webhook-requests.ts'

/** A request below `/v2`; accounts and callflows are named by an index into those that were made so far. */
export type CrossbarRequest = {
  readonly method: string
  readonly segments: readonly Segment[]
  readonly query: string
  readonly login: 'root' | 'session' | 'own' | 'wrong' | 'none'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export type Segment =
  | string
  | { readonly account: number }
  | { readonly callflow: number }
  /** The account that the callflow is in. */
  | { readonly ownerOf: number }
  | { readonly webhook: number }
  | { readonly webhookOwner: number }

const method = fc.constantFrom(
  ...['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'],
)

const account = fc.record({ account: fc.nat() })
const odd = fc.oneof(
  fc.constantFrom('%', '%zz', '%00', '%ED%A0%80', '..', '%2F', '%2e%2e', '.json', '', '__proto__'),
  fc.constantFrom('0'.repeat(32), 'x'.repeat(1500), 'accounts', ':id', 'constructor', '*'),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => encodeURIComponent(text)),
)
const schemaName = fc.constantFrom('accounts', 'callflows', 'metaflows', 'user_auth', 'nothing')
const below = fc.constantFrom(
  ...[
    'children',
    'descendants',
    'siblings',
    'parents',
    'tree',
    'api_key',
    'reseller',
    'move',
    'audit',
    'webhooks',
    'reopen',
  ],
)

type Route = Pick<CrossbarRequest, 'method' | 'segments'>

function routes(
  methods: readonly string[],
  ...segments: readonly (string | fc.Arbitrary<Segment>)[]
): fc.Arbitrary<Route> {
  const parts = segments.map((part) => (typeof part === 'string' ? fc.constant(part) : part))
  return fc.record({ method: fc.constantFrom(...methods), segments: fc.tuple(...parts) })
}

/** Mostly what is served, with the verbs that it has, and sometimes anything at all. */
const route: fc.Arbitrary<Route> = fc.oneof(
  { weight: 8, arbitrary: routes(['GET', 'POST', 'PATCH', 'PATCH', 'PUT'], 'accounts', account) },
  { weight: 1, arbitrary: routes(['DELETE'], 'accounts', account) },
  { weight: 4, arbitrary: routes(['GET', 'GET', 'HEAD'], 'accounts', account, below) },
  { weight: 4, arbitrary: routes(['PUT'], 'accounts') },
  { weight: 1, arbitrary: routes(['POST'], 'accounts', account, 'move') },
  { weight: 1, arbitrary: routes(['POST'], 'accounts', account, 'reopen') },
  { weight: 1, arbitrary: routes(['PUT', 'DELETE'], 'accounts', account, 'reseller') },
  { weight: 1, arbitrary: routes(['GET', 'PUT'], 'accounts', account, 'api_key') },
  { weight: 1, arbitrary: routes(['PUT'], fc.constantFrom('api_auth', 'user_auth')) },
  { weight: 1, arbitrary: routes(['GET', 'GET', 'GET', 'DELETE'], 'token_auth') },
  { weight: 1, arbitrary: routes(['POST'], 'auth', 'tokeninfo') },
  { weight: 1, arbitrary: routes(['PUT'], 'schemas', schemaName, 'validation') },
  {
    weight: 3,
    arbitrary: fc.record({
      method,
      segments: fc.array(fc.oneof(odd, account, below), { maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ method, segments: fc.tuple(fc.constant('accounts'), odd) }) },
)

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 150 }),
  fc.constantFrom('', ' ', '\n', '\u0000', '\u2028', '\ufffe', '𝒜', 'true', '3000', 'UTC'),
  fc.constantFrom('sip.example.com', 'Europe/Vienna', 'inherit', 'undefined', '9'.repeat(400)),
)

const anything = fc.jsonValue({ maxDepth: 4 }).map((value) => value as unknown)

const known = fc.constantFrom(
  ...['name', 'name', 'name', 'realm', 'timezone', 'language', 'enabled', 'org', 'to', 'id'],
  ...['call_restriction', 'caller_id', 'dial_plan', 'metaflows', 'music_on_hold', 'preflow'],
  ...['ringtones', 'voicemail', 'flags', 'api_key', 'credentials', 'account_name', 'account_realm'],
  ...['method', 'token', 'numbers', 'patterns', 'flow', 'module', 'data', 'children', 'pvt_tree'],
  ...['__proto__', 'constructor', 'toString', '_read_only', 'created', 'reseller_id', 'a.b', ''],
)

const step: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  step: fc.record(
    {
      module: fc.oneof(fc.constantFrom('hangup', 'tts', 'break', 'play', 'move', 'none'), text),
      data: fc.oneof(fc.dictionary(known, text, { maxKeys: 3 }), anything),
      children: fc.dictionary(text, tie('step'), { maxKeys: 2 }),
    },
    { requiredKeys: [] },
  ),
})).step

const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: anything },
  { weight: 1, arbitrary: fc.constantFrom(null, true, false, 0, -1, 1e308, 2 ** 53) },
  { weight: 1, arbitrary: fc.record({ numbers: fc.dictionary(fc.constantFrom('1', 'x'), step) }) },
  { weight: 1, arbitrary: step },
)

const document = fc.dictionary(known, value, { maxKeys: 6, noNullPrototype: true })

/** A document that is most often accepted: one name, and little else. */
const plain = fc
  .tuple(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 }), fc.boolean())
  .map(([name, enabled]) => ({ name: `${name} account`, enabled }))

const body = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.oneof(plain, document).map((data) => JSON.stringify({ data })),
  },
  { weight: 1, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      anything.map((data) => JSON.stringify({ data })),
      anything.map((all) => JSON.stringify(all)),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        ...['{', '{"data":', '{"data":{}}{', '\ufeff{"data":{}}', 'data=1&x=2', '{"DATA":{}}'],
        ...['{"data":{"__proto__":{"x":1}}}', '{"data":{"name":"\\ud800"}}', '{"data":1e999}'],
        `{"data":${'{"a":'.repeat(620)}1${'}'.repeat(620)}}`,
        `{"data":{"name":${'['.repeat(5000)}`,
      ),
    ),
  },
)

const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        ...['page_size', 'start_key', 'paginate', 'ascending', 'filter_name', 'filter_not_a.b'],
        ...['has_key', 'value_missing', 'created_from', 'modified_to', 'pretty_print', '_'],
        ...['filter_', 'filter___proto__', 'jsonp', 'number', 'number', 'filter_flow.module'],
      ),
      fc.oneof(
        fc.constantFrom('1', '0', '-1', 'true', 'false', 'name', 'WyJhIiwiYiJd', '%', '%00'),
        fc.string({ unit: 'grapheme', maxLength: 10 }).map((each) => encodeURIComponent(each)),
      ),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => pairs.map(([name, each]) => `${name}=${each}`).join('&'))

const headers = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constant({ 'Content-Type': 'application/json' } as Record<string, string>),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Record<string, string>>(
      {},
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      { 'Content-Type': 'text/xml' },
      { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
      { 'Content-Type': 'application/json', 'If-Match': '"1-2"' },
      { 'Content-Type': 'application/json', 'If-Match': '*' },
      { 'Content-Type': 'application/json', 'If-Match': '"1-2"' },
      { 'If-None-Match': '*' },
      { 'X-Pretty-Print': 'true', 'X-Request-ID': 'x'.repeat(200) },
      { Origin: 'http://evil.example.com' },
      { Accept: 'text/html' },
    ),
  },
)

const rest = fc.record({
  query: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, query),
  login: fc.constantFrom(
    ...(['root', 'root', 'root', 'session', 'session', 'own', 'wrong', 'none'] as const),
  ),
  headers,
  body,
})

const onAccounts: fc.Arbitrary<CrossbarRequest> = fc
  .tuple(route, rest)
  .map(([where, what]) => ({ ...where, ...what }))

const onCallflows: fc.Arbitrary<CrossbarRequest> = fc
  .tuple(callflowRequest, rest)
  .map(([{ where, body: sent }, what]) => ({ ...what, ...where, body: sent }))

const onWebhooks: fc.Arbitrary<CrossbarRequest> = fc
  .tuple(crossbarWebhook, rest)
  .map(([{ where, body: sent }, what]) => ({ ...what, ...where, body: sent }))

const previews: fc.Arbitrary<CrossbarRequest> = fc
  .tuple(
    routes(['DELETE', 'DELETE', 'PATCH'], 'accounts', account),
    fc.constantFrom(
      'dry_run=true',
      'dry_run=true',
      'dry_run=',
      'Dry_Run=true',
      'dry_run=true&dry_run=x',
    ),
    rest,
  )
  .map(([where, asked, what]) => ({ ...what, ...where, query: asked }))

export const crossbarRequest: fc.Arbitrary<CrossbarRequest> = fc.oneof(
  { weight: 30, arbitrary: onAccounts },
  { weight: 20, arbitrary: onCallflows },
  { weight: 5, arbitrary: onWebhooks },
  { weight: 2, arbitrary: previews },
)
