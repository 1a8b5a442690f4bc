import fc from 'fast-check'
import { reachableCallflow } from '../../fixtures/crossbar/arbitraries.ts'
import type { CrossbarRequest, Segment } from './crossbar-requests.ts'

type Route = Pick<CrossbarRequest, 'method' | 'segments'>

/** A callflow that was made before, with the account that it is in, or with another. */
const known: fc.Arbitrary<readonly Segment[]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .nat()
      .map((index) => ['accounts', { ownerOf: index }, 'callflows', { callflow: index }]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(), fc.nat())
      .map(([account, callflow]) => ['accounts', { account }, 'callflows', { callflow }]),
  },
)

/** What is no id of a callflow, though some of it is a route of its own. */
const odd = fc.constantFrom<Segment>(
  ...[
    'match',
    'check',
    'graph',
    '0'.repeat(32),
    '%',
    '%00',
    '..',
    '__proto__',
    '',
    'x'.repeat(900),
  ],
)

const collection = fc
  .oneof(
    fc.nat().map((account): Segment => ({ account })),
    fc.nat().map((ownerOf): Segment => ({ ownerOf })),
  )
  .map((account): readonly Segment[] => ['accounts', account, 'callflows'])

function asked(methods: readonly string[], segments: fc.Arbitrary<readonly Segment[]>) {
  return fc.record({ method: fc.constantFrom(...methods), segments })
}

function below(segments: fc.Arbitrary<readonly Segment[]>): fc.Arbitrary<readonly Segment[]> {
  return fc.tuple(segments, odd).map(([path, last]) => [...path, last])
}

const route: fc.Arbitrary<Route> = fc.oneof(
  { weight: 8, arbitrary: asked(['PUT', 'PUT', 'PUT', 'GET'], collection) },
  { weight: 8, arbitrary: asked(['GET', 'POST', 'PATCH', 'PATCH'], known) },
  { weight: 1, arbitrary: asked(['DELETE'], known) },
  { weight: 1, arbitrary: asked(['HEAD', 'OPTIONS', 'PUT', 'PROPFIND', 'DELETE'], collection) },
  { weight: 1, arbitrary: asked(['GET', 'POST', 'PATCH', 'DELETE'], below(collection)) },
  { weight: 1, arbitrary: asked(['GET', 'GET', 'GET', 'PUT', 'POST'], below(known)) },
)

/** Few, so that many are taken already. */
const number = fc.nat({ max: 400 }).map(String)

const hostilePattern = fc.oneof(
  fc.constantFrom(
    ...[
      '(a)\\1',
      '(?=x)',
      '(?<!x)y',
      '(a+)+$',
      '(((a{9}){9}){9}){9}',
      'a{1000}{1000}',
      '(',
      '[',
      '',
    ],
    ...[
      'x'.repeat(1025),
      '(?:'.repeat(300),
      '\\',
      '[[:alpha:]',
      '\\p{x}',
      '(?P<',
      'a{1000}',
      '\ud800',
    ],
  ),
  fc.string({ unit: fc.constantFrom(...'()[]{}?*+|\\^$.,0129aPpQEx<>:=!-'), maxLength: 60 }),
)

function nested(levels: number, module: unknown, key: string): unknown {
  let step: unknown = { module, data: {} }
  for (let level = 0; level < levels; level += 1) {
    step = { module: 'menu', data: { id: 'x' }, children: { [key]: step } }
  }
  return step
}

const deep = fc
  .tuple(
    fc.constantFrom(3, 255, 256, 257, 290, 320),
    fc.constantFrom('play', 5, null, {}, 'm'.repeat(65)),
    fc.constantFrom('_', 'a.b', '', '\n', 'constructor', '0'.repeat(32)),
  )
  .map(([levels, module, key]) => nested(levels, module, key))

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }).map((value): unknown => value),
  fc.constantFrom<unknown>(null, '', 0, -1, [], {}, 'x', [[]], '\u0000', '𝒜', 1e308),
)

/** Steps that are right but for what their data says where an id, or a switch, is looked for. */
const pointing = fc.letrec<{ step: Record<string, unknown> }>((tie) => ({
  step: fc.record(
    {
      module: fc.constantFrom('callflow', 'menu', 'm'),
      data: fc.dictionary(fc.constantFrom('id', 'owner_id', 'skip_module', 'name'), junk),
      children: fc.dictionary(
        fc.constantFrom('_', '1', '0'.repeat(32), 'constructor'),
        fc.oneof({ maxDepth: 3 }, fc.constant({ module: 'play', data: {} }), tie('step')),
        { maxKeys: 2 },
      ),
    },
    { requiredKeys: ['module', 'data'], noNullPrototype: true },
  ),
})).step

/** One of the keys that mean something holds what it should not. */
const hostile = fc
  .tuple(
    fc.dictionary(
      fc.constantFrom(
        ...['name', 'flow', 'metaflow', 'featurecode', 'ringback', 'flags', 'numbers', 'patterns'],
        ...['id', 'metadata', 'owner_id', 'pvt_type', '__proto__', 'constructor', 'a.b', ''],
      ),
      fc.oneof(junk, deep),
      { maxKeys: 3, noNullPrototype: true },
    ),
    fc.array(hostilePattern, { maxLength: 3 }),
    number,
  )
  .map(([document, patterns, own]) => ({ numbers: [own], patterns, ...document }))

const plain = fc
  .tuple(number, fc.string({ unit: 'grapheme', maxLength: 20 }))
  .map(([own, name]) => ({ numbers: [own], name }))

const named = fc.tuple(plain, pointing).map(([document, flow]) => ({ ...document, flow }))

const document = fc.oneof(
  { weight: 4, arbitrary: reachableCallflow.map((each): unknown => each) },
  { weight: 3, arbitrary: plain.map((each): unknown => each) },
  { weight: 2, arbitrary: named.map((each): unknown => each) },
  { weight: 3, arbitrary: hostile.map((each): unknown => each) },
)

const body = fc.oneof(
  { weight: 12, arbitrary: document.map((data) => JSON.stringify({ data })) },
  { weight: 1, arbitrary: fc.constantFrom(undefined, '', '{', '{"data":[]}', '{"data":null}') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `{"data":{"numbers":["1"],"flow":${'{"children":'.repeat(599)}`,
      `{"data":{"numbers":[${Array(5001).fill('"1"').join()}]}}`,
      '{"data":{"numbers":["1"],"flow":{"__proto__":{}}}}',
      '{"data":{"numbers":["\\ud800"],"patterns":["\\udfff"]}}',
    ),
  },
)

/** Where a request about callflows goes, and what it carries. */
export const callflowRequest = fc.record({ where: route, body })
