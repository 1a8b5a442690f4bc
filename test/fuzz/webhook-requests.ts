import fc from 'fast-check'
import type { CrossbarRequest, Segment } from './crossbar-requests.ts'
import type { FuzzRequest } from './requests.ts'
import { type Segment as RestcommSegment, targetOf } from './targets.ts'
import { type Body, encodedText, text, weighted } from './values.ts'

/** None of them leads out of this machine, which is refused itself: nothing is ever sent. */
export const webhookUrl = weighted(
  [8, fc.nat({ max: 65_535 }).map((port) => `http://127.0.0.1:${port}/hook`)],
  [4, encodedText.map((path) => `https://127.0.0.1/${path}`)],
  [
    3,
    fc.constantFrom(
      ...[
        '',
        'x',
        'http://',
        'ftp://127.0.0.1/',
        'file:///etc/passwd',
        'javascript:1',
        '//x.invalid',
      ],
      ...['http://me:it@127.0.0.1/', 'http://127.0.0.1/#x', 'http://127.0.0.1:99999/', 'http://[/'],
      ...['http://127.0.0.1\u0000.invalid/', `http://127.0.0.1/${'x'.repeat(2050)}`],
      ...['http://0x7f.1/', 'http://2130706433/', 'http://127.1/', ' http://127.0.0.1/\n'],
    ),
  ],
)

const eventName = weighted(
  [6, fc.constantFrom('all', 'account.create', 'account.change', 'account.close')],
  [6, fc.constantFrom('account.reopen', 'callflow.create', 'callflow.change', 'callflow.remove')],
  [1, fc.constantFrom('', 'webhook.test', 'account.', '__proto__', 'ALL', 'x'.repeat(300))],
)
const events = fc.array(eventName, { maxLength: 4 })

const junk = fc.jsonValue({ maxDepth: 2 }).map((value): unknown => value)
const orJunk = (right: fc.Arbitrary<unknown>) => weighted<unknown>([9, right], [1, junk])

const document = fc.record(
  {
    uri: orJunk(webhookUrl),
    name: orJunk(text),
    events: orJunk(events),
    enabled: orJunk(fc.boolean()),
    include_subaccounts: orJunk(fc.boolean()),
    ...{ http_verb: junk, secret: junk, id: junk },
  },
  { requiredKeys: [], noNullPrototype: true },
)
/** Most often accepted. */
const plain = fc.record({ uri: webhookUrl, include_subaccounts: fc.boolean() })

type Asked = Pick<CrossbarRequest, 'method' | 'segments'>

function asked(methods: readonly string[], ...segments: readonly fc.Arbitrary<Segment>[]) {
  const path = fc.tuple(fc.constant('accounts'), ...segments)
  return fc.record({ method: fc.constantFrom(...methods), segments: path })
}

const account = fc.nat().map((index): Segment => ({ account: index }))
const known = fc
  .nat()
  .map((index): readonly Segment[] => [{ webhookOwner: index }, 'webhooks', { webhook: index }])
const odd = fc.constantFrom<Segment>('0'.repeat(32), '%', '%00', '..', '__proto__', 'x'.repeat(900))
const act = fc.constantFrom<Segment>('secret', 'test', 'test', 'x')
const webhooks = fc.constant<Segment>('webhooks')

const onKnown = (methods: readonly string[], ...rest: readonly fc.Arbitrary<Segment>[]) =>
  fc.record({
    method: fc.constantFrom(...methods),
    segments: fc.tuple(known, ...rest).map(([path, ...more]) => ['accounts', ...path, ...more]),
  })

const route: fc.Arbitrary<Asked> = weighted<Asked>(
  [6, asked(['PUT', 'PUT', 'GET'], account, webhooks)],
  [6, onKnown(['GET', 'POST', 'PATCH', 'PATCH', 'DELETE'])],
  [3, onKnown(['PUT', 'PUT', 'PUT', 'GET'], act)],
  [1, asked(['GET', 'POST', 'PATCH', 'DELETE'], account, webhooks, odd)],
  [1, asked(['HEAD', 'OPTIONS', 'DELETE', 'PROPFIND'], account, webhooks)],
)

/** Where a request about webhooks goes, and what it carries, in Kazoo's dialect. */
export const crossbarWebhook = fc.record({
  where: route,
  body: weighted<string | undefined>(
    [12, fc.oneof(plain, document).map((data) => JSON.stringify({ data }))],
    [1, fc.constantFrom(undefined, '', '{', '{"data":[]}', '{"data":null}')],
  ),
})

const oddForm = fc.record(
  {
    Url: webhookUrl,
    FriendlyName: text,
    Events: events.map((names) => names.join()),
    Enabled: fc.constantFrom('true', 'false', 'TRUE', '1', ''),
    IncludeSubaccounts: fc.constantFrom('true', 'false', 'x'),
    Secret: text,
  },
  { requiredKeys: [] },
)
const plainForm = fc.record({
  Url: webhookUrl,
  IncludeSubaccounts: fc.constantFrom('true', 'false'),
})

const form: fc.Arbitrary<Body> = fc.oneof(plainForm, oddForm).map((parameters) => {
  const pairs = Object.entries(parameters)
  const encoded = pairs.map(([name, value]) => [name, encodeURIComponent(value.toWellFormed())])
  return { bytes: encoded.map((pair) => pair.join('=')).join('&') }
})

const ofChild = fc
  .nat()
  .map((index): readonly RestcommSegment[] => ['Accounts', { index, as: 'sid' }, 'Webhooks'])
const ofWebhook = fc
  .nat()
  .map((index): readonly RestcommSegment[] => [
    'Accounts',
    { index, as: 'webhookOwner' },
    'Webhooks',
    { index, as: 'webhook' },
  ])
const actOn = fc
  .tuple(ofWebhook, fc.constantFrom('Test', 'Secret', 'x'))
  .map(([path, last]) => [...path, last])

/** The same in Restcomm's dialect, from the account above. */
export const restcommWebhook: fc.Arbitrary<FuzzRequest> = fc
  .tuple(
    weighted(
      [4, fc.record({ method: fc.constantFrom('POST', 'POST', 'GET'), path: ofChild })],
      [
        4,
        fc.record({
          method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
          path: ofWebhook,
        }),
      ],
      [2, fc.record({ method: fc.constant('POST'), path: actOn })],
    ),
    form,
    fc.constantFrom('application/json', 'application/xml'),
    fc.boolean(),
  )
  .chain(([{ method, path }, body, type, isChunked]) =>
    targetOf(fc.constant(path)).map((target) => ({
      login: { kind: 'own' },
      ...{ method, target, isChunked },
      headers: [`Accept: ${type}`, 'Content-Type: application/x-www-form-urlencoded'],
      body: ['GET', 'DELETE'].includes(method) ? undefined : body,
    })),
  )
