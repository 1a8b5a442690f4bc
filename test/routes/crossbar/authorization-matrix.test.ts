import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, ask, idOf, type Json, pathOf } from '../../support/crossbar.ts'
import { type CrossbarAsker, plantCrossbarAskers } from '../../support/crossbar-askers.ts'
import {
  type Ask,
  accountRoutes,
  type Expected,
  expectedAnswer,
  type Request,
  type Settings,
} from '../../support/crossbar-contract.ts'
import type { Target } from '../../support/relatives.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { changedRows, storedRowsByKey } from '../../support/stored-rows.ts'
import { storedAudit } from '../../support/stored-tree.ts'

type Cell = {
  readonly asker: CrossbarAsker
  readonly target: Target
  readonly request: Request
  readonly expected: Expected
}

type Answered = Cell & { readonly reply: Answer }

const atOnce = 8
const standard: Settings = { allowMove: 'superduper_admin', allowSiblingListing: true }
const otherwise: Settings = { allowMove: 'tree', allowSiblingListing: false }

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']

const served = Object.entries(accountRoutes).flatMap(([rest, asks]) =>
  Object.entries(asks).map(([method, asked]) => requestTo(method, rest, asked)),
)

/** Right and reach are those of the list, and so the rest need not be asked of everyone. */
const isAsList = ({ ask: asked }: Request) => ['make webhook', 'ask about webhook'].includes(asked)

/** Asked of every target. */
const ofAnAccount: readonly Request[] = [
  ...served.filter((request) => !isAsList(request)),
  requestTo('HEAD', '', 'read'),
  requestTo('POST', '/children', 'other method'),
  requestTo('OPTIONS', '/move', 'options'),
  requestTo('GET', '/users', 'not served'),
]

/** Asked by everyone once, of itself. */
const ofTheWhole: readonly Request[] = [
  ...served.filter(isAsList),
  ...methods.map((method) => ({
    ...requestTo(method, '', askOf(method, { PUT: 'create' })),
    route: '/accounts',
    path: () => '/accounts',
  })),
  ...Object.entries(accountRoutes).flatMap(([rest, asks]) =>
    methods
      .filter((method) => asks[method] === undefined)
      .map((method) => requestTo(method, rest, askOf(method, asks))),
  ),
  requestTo('PUT', '/children/x', 'not served'),
  // Nobody changes the own `enabled`; it is passed over (kazoo.md 4.7).
  { ...requestTo('PATCH', '', 'change'), data: { enabled: false } },
  {
    ask: 'ask for own session',
    method: 'GET',
    route: '/token_auth',
    path: () => '/token_auth',
  },
  { ask: 'not served', method: 'GET', route: '/nowhere', path: () => '/nowhere' },
]

function askOf(method: string, asks: Readonly<Record<string, Ask>>): Ask {
  if (method === 'OPTIONS') {
    return 'options'
  }
  return asks[method === 'HEAD' ? 'GET' : method] ?? 'other method'
}

function requestTo(method: string, rest: string, asked: Ask): Request {
  return {
    ask: asked,
    method,
    route: `/accounts/{id}${rest}`,
    path: (target) => pathOf(target, rest.replace(/\{.*\}/, '0'.repeat(32))),
    ...(['PUT', 'POST', 'PATCH'].includes(method) && { data: {} }),
    ...(asked === 'delete' && { headers: { 'If-Match': '"1-another"' } }),
  }
}

function cellsOf(asker: CrossbarAsker): Cell[] {
  const [self] = asker.targets
  assert.ok(self)
  const pairs = [
    ...asker.targets.flatMap((target) => ofAnAccount.map((request) => ({ target, request }))),
    ...ofTheWhole.map((request) => ({ target: self, request })),
  ]
  // What is reopened is another tree; who may is shown by the tests of reopening.
  const isHarmless = ({ request, expected }: Cell) =>
    request.ask !== 'reopen' || expected.status >= 400
  return pairs.map((pair) => cellOf(asker, pair, standard)).filter(isHarmless)
}

function cellOf(
  asker: CrossbarAsker,
  { target, request }: Pick<Cell, 'target' | 'request'>,
  settings: Settings,
): Cell {
  const expected = expectedAnswer(asker, target, request.ask, settings)
  return { asker, target, request, expected }
}

let app: TestApp
let askers: readonly CrossbarAsker[] = []
test.before(async () => {
  app = await startApp()
  askers = await plantCrossbarAskers(app)
})
test.after(() => app.stop())

/** Answers to all cells, in their order, a few at a time. */
async function answersTo(
  where: TestApp,
  cells: readonly Cell[],
  concurrency: number,
): Promise<Answered[]> {
  const answered: Answered[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < cells.length; at = next++) {
      const cell = cells[at]
      assert.ok(cell)
      answered[at] = { ...cell, reply: await replyTo(where, cell) }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return answered
}

function replyTo(where: TestApp, { asker, target, request }: Cell): Promise<Answer> {
  const { method, path, data, headers = {} } = request
  return ask(where, asker.way, method, path(target), { data, headers })
}

/** What is wrong with an answer; undefined when it is as the contract says. */
function faultOf(answered: Answered): string | undefined {
  const { asker, target, request, expected, reply } = answered
  const { method, path } = request
  const hasBody = !['HEAD', 'OPTIONS'].includes(method)
  const faults = [
    reply.status !== expected.status && `answered ${reply.status}, not ${expected.status}`,
    !hasBody && reply.text !== '' && 'has a body',
    hasBody && reply.body.message !== expected.message && `says ${reply.text}`,
    hasBody && reply.status >= 400 && reply.body.error !== String(reply.status) && 'is no error',
    (method === 'OPTIONS' || reply.status === 405) && !reply.headers.has('allow') && 'has no Allow',
    hasBody && reply.status < 300 && contentFault(answered),
  ].filter((fault) => fault !== false && fault !== undefined)
  const { relation, condition } = target
  return faults.length === 0
    ? undefined
    : `${asker.name}, ${relation} ${condition}, ${method} ${path(target)}: ${faults.join(', ')}`
}

/** That an account is the one asked for, a list that of those below, and a key a key. */
function contentFault({ asker, target, request, reply }: Answered): string | undefined {
  const { route } = request
  const ids = reply.list.map(({ id }) => id).sort()
  if (route === '/accounts/{id}' || route.endsWith('/reseller')) {
    const isOn = ['active', 'uninitialized'].includes(target.status)
    const isRight = reply.data.id === idOf(target.sid) && reply.data.enabled === isOn
    return isRight ? undefined : `shows another account: ${reply.text}`
  }
  if (route.endsWith('/api_key')) {
    return /^[0-9a-f]{32}$/.test(String(reply.data.api_key)) ? undefined : 'shows no key'
  }
  if (route.endsWith('/parents') || route.endsWith('/tree')) {
    const isSeen = target.relation === 'self' ? ids.length === 0 : ids.includes(idOf(asker.sid))
    return isSeen && ids.length <= 2 ? undefined : `shows others above: ${reply.text}`
  }
  if (target.relation === 'self' && !asker.isRoot && request.ask === 'list below') {
    const relations = route.endsWith('/children') ? ['child'] : ['child', 'grandchild']
    const below = asker.below.filter(({ relation }) => relations.includes(relation))
    const living = below.filter(({ condition }) => !condition.startsWith('closed'))
    return ids.join() ===
      living
        .map(({ sid }) => idOf(sid))
        .sort()
        .join()
      ? undefined
      : 'lists others'
  }
  return undefined
}

function faultsOf(answered: readonly Answered[]): string[] {
  const faults = answered.map(faultOf).filter((fault) => fault !== undefined)
  return faults.length > 20 ? [...faults.slice(0, 20), `and ${faults.length - 20} more`] : faults
}

/** Every row that is kept, without what a write of nothing changes. */
function snapshot(): ReadonlyMap<string, string> {
  const tables = [
    ...['accounts', 'organizations', 'audit', 'closed_branches', 'api_keys', 'sessions'],
    'webhooks',
  ]
  const ignored = ['updated_at', 'revision', 'document', 'last_used_at']
  return storedRowsByKey(app.folder, tables, ignored)
}

const isWrite = ({ expected, request }: Cell) =>
  expected.status < 300 && !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
const isRenewal = (cell: Cell) => isWrite(cell) && cell.request.ask === 'renew key'

test('every route of an account is in the table, with every method', async () => {
  const description: { paths: Record<string, object> } = JSON.parse(
    await (await fetch(`${app.url}/openapi.json`)).text(),
  )
  const served = Object.entries(description.paths)
    .filter(([path]) => path.startsWith('/v2/accounts'))
    .flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
  const isServed = ({ ask: asked, method }: Request) =>
    !['other method', 'not served', 'options'].includes(asked) && method !== 'HEAD'
  const asked = [...ofAnAccount, ...ofTheWhole].filter(isServed)
  const inTable = new Set(asked.map(({ method, route }) => `${method} /v2${route}`))
  inTable.delete('GET /v2/token_auth')
  assert.equal([...inTable].sort(), served.sort())
})

test('the matrix has cells of every kind', () => {
  const cells = askers.flatMap(cellsOf)
  console.log(`\n  ${cells.length} cells`)
  const kinds = (of: (cell: Cell) => string | number | undefined) => new Set(cells.map(of)).size
  assert.ok(cells.length >= 20_000)
  assert.is(
    kinds(({ asker }) => asker.name.replace(/ by .*/, '')),
    1 + 9 * 4,
  )
  assert.is(
    kinds(({ asker }) => asker.name.replace(/.* by /, '')),
    2 + 6,
  )
  assert.is(
    kinds(({ target }) => target.relation),
    12,
  )
  assert.is(
    kinds(({ target }) => target.condition),
    6,
  )
  assert.is(
    kinds(({ request }) => request.ask),
    26,
  )
  assert.is(
    kinds(({ expected }) => expected.status),
    9,
  )
})

let reads: readonly Answered[] = []

test('whoever asks for what they may not have is refused, and nothing changes', async () => {
  const before = snapshot()
  const cells = askers.flatMap(cellsOf).filter((cell) => !isWrite(cell))
  reads = await answersTo(app, cells, atOnce)
  assert.equal(faultsOf(reads), [])
  assert.equal(changedRows(before, snapshot()), [])
})

test('an account out of reach cannot be told from one that is not there', () => {
  const shapes = new Map<string, Set<string>>()
  for (const { asker, request, reply } of reads.filter(isOutside)) {
    const asked = `${asker.name} ${request.method} ${request.route}`
    shapes.set(asked, (shapes.get(asked) ?? new Set()).add(shapeOf(reply)))
  }
  assert.equal(
    [...shapes].filter(([, told]) => told.size !== 1).map(([asked]) => asked),
    [],
  )
  assert.is(shapes.size, askers.length * ofAnAccount.length)
})

test('a change that is allowed and changes nothing is recorded and no more', async () => {
  const cells = askers.flatMap(cellsOf).filter((cell) => isWrite(cell) && !isRenewal(cell))
  const [before, recorded] = [snapshot(), storedAudit(app.folder)]
  // One after another, as an account is made a reseller and at once no longer.
  const answered = await answersTo(app, cells, 1)
  assert.equal(faultsOf(answered), [])
  const changed = changedRows(before, snapshot())
  assert.equal(
    changed.filter((row) => !row.startsWith('audit')),
    [],
  )
  const targets = storedAudit(app.folder).slice(recorded.length)
  assert.equal(
    targets.map(({ targetSid }) => targetSid),
    cells.map(({ target }) => target.sid),
  )
  const shown = new Map(
    reads.filter(isRead).map((read) => [placeOf(read), textOf(read.reply.data)]),
  )
  for (const change of answered.filter(({ request }) => request.ask === 'change')) {
    assert.is(textOf(change.reply.data), shown.get(placeOf(change)), 'nothing was changed')
  }
})

test('with the settings turned, moves and siblings are for others', async () => {
  const crossbar = { ...otherwise, ensureUniqueName: true, realmSuffix: 'sip.2600hz.com' }
  const turned = await startApp({ config: { crossbar } })
  const others = await plantCrossbarAskers(turned)
  const asked = ofAnAccount.filter((request) => ['move', 'list siblings'].includes(request.ask))
  const cells = others.flatMap((asker) =>
    asker.targets.flatMap((target) =>
      asked.map((request) => cellOf(asker, { target, request }, otherwise)),
    ),
  )
  assert.equal(faultsOf(await answersTo(turned, cells, atOnce)), [])
  await turned.stop()
})

test('whoever may renews a key, and by the old one nobody is known any more', async () => {
  const renewed = new Map<string, string>()
  const isByBasic = ({ asker }: Cell) => asker.name.endsWith('by Basic')
  const all = askers.flatMap(cellsOf).filter(isRenewal)
  // A session ends with the key of its account, so Basic comes last, and everyone's own key behind the others.
  const ordered = all.toSorted(
    (a, b) =>
      Number(isByBasic(a)) - Number(isByBasic(b)) ||
      Number(a.target.relation === 'self') - Number(b.target.relation === 'self'),
  )
  for (const cell of ordered) {
    const token = renewed.get(cell.asker.sid)
    const way = token && isByBasic(cell) ? { sid: cell.asker.sid, token } : cell.asker.way
    const reply = await replyTo(app, { ...cell, asker: { ...cell.asker, way } })
    assert.equal(faultsOf([{ ...cell, reply }]), [])
    renewed.set(cell.target.sid, String(reply.data.api_key))
  }
  assert.is(new Set(renewed.values()).size, renewed.size)
  for (const { way, sid } of askers.filter(({ name }) => name.endsWith('by Basic'))) {
    const isRenewed = renewed.has(sid)
    const { status } = await ask(app, way, 'GET', '/token_auth')
    assert.ok(!isRenewed || status === 401, 'an old key is void')
  }
})

const isRead = ({ request, expected }: Cell) =>
  request.method === 'GET' && request.route === '/accounts/{id}' && expected.status === 200

function placeOf({ asker, target }: Cell): string {
  return `${asker.name} ${target.sid}`
}

/** A document as text, its keys in one order. */
function textOf(document: Json): string {
  return JSON.stringify(Object.entries(document ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Above, beside or elsewhere; for whoever acts on the own account alone everyone else. */
function isOutside({ asker, target, request }: Cell): boolean {
  const isBelow = ['child', 'grandchild'].includes(target.relation)
  const reachesBelow = asker.role === 'Administrator' && asker.key?.reach !== 'self'
  const isOthers = target.relation !== 'self' && !(isBelow && reachesBelow)
  return isOthers && ofAnAccount.includes(request)
}

/** An answer without what is its own: its id and the moment. */
function shapeOf({ status, headers, body }: Answer): string {
  const told = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
  return JSON.stringify([status, told, { ...body, request_id: '' }])
}

test.run()
