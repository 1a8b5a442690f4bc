import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Ask,
  type Expected,
  expectedAnswer,
  type Request,
  seesToken,
} from '../../support/access-contract.ts'
import { type Asker, plantRelatives, roles, type Target } from '../../support/relatives.ts'
import { type Reply, send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { changedRows, storedRowsByKey } from '../../support/stored-rows.ts'
import { storedAudit } from '../../support/stored-tree.ts'

type Cell = {
  readonly asker: Asker
  readonly target: Target
  readonly request: Request
  readonly expected: Expected
}

type Answered = Cell & { readonly reply: Reply }

const atOnce = 8
let app: TestApp
let askers: readonly Asker[] = []
let organizations = { own: '', other: '' }

test.before(async () => {
  app = await startApp()
  askers = await plantRelatives(app)
  const other = await send(app, app.root, 'PUT', '/Organizations.json/other.example.com')
  const own = await app.store.findRoot()
  organizations = { own: own?.organizationSid ?? '', other: sidIn(other) }
})

test.after(() => app.stop())

const account = ({ sid }: Target) => `/Accounts/${sid}`
const webhooks = ({ sid }: Target) => `/Accounts/${sid}/Webhooks`
const webhook = (target: Target) => `${webhooks(target)}/WH${'0'.repeat(32)}`

/** Asked of every target. */
const ofAnAccount: readonly Request[] = [
  { ask: 'read', method: 'GET', path: account },
  { ask: 'read', method: 'HEAD', path: account },
  { ask: 'read', method: 'GET', path: ({ sid }) => `/Accounts.json/${sid}.json/` },
  { ask: 'read', method: 'GET', path: ({ email }) => `/Accounts/${email.replace('@', '%40')}` },
  { ask: 'change', method: 'POST', path: account, form: () => ({}) },
  { ask: 'change', method: 'PUT', path: ({ email }) => `/Accounts/${email}`, form: () => ({}) },
  {
    ask: 'change status',
    method: 'POST',
    path: account,
    form: ({ status }) => ({ Status: status }),
  },
  { ask: 'change role', method: 'PUT', path: account, form: ({ role }) => ({ Role: role }) },
  {
    ask: 'migrate',
    method: 'POST',
    path: ({ sid }) => `/Accounts/migrate/${sid}`,
    form: () => ({ Organization: organizations.own }),
  },
  {
    ask: 'preview',
    method: 'POST',
    path: account,
    form: () => ({ Status: 'closed', DryRun: 'true' }),
  },
  { ask: 'reopen', method: 'POST', path: ({ sid }) => `/Accounts/${sid}/Reopen` },
  { ask: 'read audit', method: 'GET', path: ({ sid }) => `/Accounts/${sid}/Audit` },
  { ask: 'list webhooks', method: 'GET', path: webhooks },
  { ask: 'other method', method: 'GET', path: ({ sid }) => `/Accounts/migrate/${sid}` },
  { ask: 'other method', method: 'DELETE', path: account },
  { ask: 'other method', method: 'PATCH', path: account },
  { ask: 'options', method: 'OPTIONS', path: account },
  { ask: 'not served', method: 'GET', path: ({ sid }) => `/Accounts/${sid}/Calls` },
  { ask: 'not served', method: 'DELETE', path: ({ sid }) => `/Accounts/${sid}/Clients/${sid}` },
]

/** Asked by everyone once, of itself where it is about an account. */
const ofTheWhole: readonly Request[] = [
  { ask: 'make webhook', method: 'POST', path: webhooks, form: () => ({}) },
  ...(['GET', 'HEAD', 'DELETE', 'POST', 'PUT'] as const).map((method) => ({
    ask: 'ask about webhook' as const,
    method,
    path: webhook,
    ...(['POST', 'PUT'].includes(method) && { form: () => ({}) }),
  })),
  ...['Secret', 'Test'].map((act) => ({
    ask: 'ask about webhook' as const,
    method: 'POST',
    path: (target: Target) => `${webhook(target)}/${act}`,
  })),
  { ask: 'other method', method: 'DELETE', path: webhooks },
  { ask: 'other method', method: 'GET', path: (target) => `${webhook(target)}/Secret` },
  { ask: 'other method', method: 'POST', path: (target) => `${account(target)}/Audit` },
  { ask: 'other method', method: 'PUT', path: (target) => `${account(target)}/Reopen` },
  ...inMethods('/Accounts', { GET: 'list children', HEAD: 'list children', POST: 'create' }),
  ...inMethods('/Organizations', { GET: 'list organizations', HEAD: 'list organizations' }),
  { ask: 'list children', method: 'GET', path: () => '/Accounts.json/' },
  {
    ask: 'list by organization',
    method: 'GET',
    path: () => `/Accounts?OrganizationSid=${organizations.own}`,
  },
  {
    ask: 'list by organization',
    method: 'GET',
    path: () => '/Accounts?DomainName=other.example.com',
  },
  {
    ask: 'read own organization',
    method: 'GET',
    path: () => `/Organizations/${organizations.own}`,
  },
  {
    ask: 'read own organization',
    method: 'HEAD',
    path: () => `/Organizations/${organizations.own}`,
  },
  {
    ask: 'read other organization',
    method: 'GET',
    path: () => `/Organizations/${organizations.other}`,
  },
  { ask: 'read malformed organization', method: 'GET', path: () => '/Organizations/example' },
  { ask: 'create organization', method: 'PUT', path: () => '/Organizations/other.example.com' },
  ...(['POST', 'DELETE', 'PATCH'] as const).map((method) => ({
    ask: 'other method' as const,
    method,
    path: () => `/Organizations/${organizations.own}`,
  })),
  { ask: 'not served', method: 'PUT', path: () => `/Organizations/${organizations.own}/Migrate` },
  { ask: 'not served', method: 'GET', path: () => '/Nowhere' },
]

/** One request in each method, those that are not named being others. */
function inMethods(path: string, asks: Readonly<Record<string, Ask>>): Request[] {
  return ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => ({
    ask: asks[method] ?? (method === 'OPTIONS' ? 'options' : 'other method'),
    method,
    path: () => path,
    ...(method === 'POST' && { form: () => ({}) }),
  }))
}

function cellsOf(asker: Asker): Cell[] {
  const [self] = asker.targets
  assert.ok(self)
  const pairs = [
    ...asker.targets.flatMap((target) => ofAnAccount.map((request) => ({ target, request }))),
    ...ofTheWhole.map((request) => ({ target: self, request })),
  ]
  const cells = pairs.map(({ target, request }) => ({
    asker,
    target,
    request,
    expected: expectedAnswer(asker, target, request),
  }))
  // What is reopened is another tree; who may is shown by the tests of reopening.
  return cells.filter(({ request, expected }) => request.ask !== 'reopen' || expected.status >= 400)
}

/** Answers to all cells, in their order, a few at a time. */
async function answersTo(cells: readonly Cell[]): Promise<Answered[]> {
  const answered: Answered[] = []
  let next = 0
  const work = async () => {
    for (let at = next++; at < cells.length; at = next++) {
      const cell = cells[at]
      assert.ok(cell)
      answered[at] = { ...cell, reply: await replyTo(cell) }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answered
}

function replyTo({ asker, target, request }: Cell, login = asker.login): Promise<Reply> {
  const { method, path, form } = request
  return send(app, login, method, path(target), form?.(target), { Accept: 'application/json' })
}

/** What is wrong with an answer; undefined when it is as the contract says. */
function faultOf({ asker, target, request, expected, reply }: Answered): string | undefined {
  const { status, message } = expected
  const { method, ask, path } = request
  const faults = [
    reply.status !== status && `answered ${reply.status}, not ${status}`,
    method === 'HEAD' && reply.text !== '' && 'has a body',
    method !== 'HEAD' && reply.status >= 400 && messageFault(reply, message),
    [204, 405].includes(reply.status) && !reply.headers.has('allow') && 'has no Allow',
    method !== 'HEAD' && reply.status === 200 && contentFault(asker, target, ask, reply),
  ].filter((fault) => fault !== false && fault !== undefined)
  const { relation, condition } = target
  return faults.length === 0
    ? undefined
    : `${asker.name}, ${relation} ${condition}, ${ask} ${method} ${path(target)}: ${faults.join(', ')}`
}

function messageFault(reply: Reply, wanted: string | undefined): string | undefined {
  const body = reply.json()
  const told = typeof body === 'object' && body !== null && 'message' in body ? body.message : body
  const isAlone = reply.text === JSON.stringify({ message: told })
  if (isAlone && (wanted === undefined || told === wanted)) {
    return undefined
  }
  return `says ${reply.text}, not ${wanted ?? 'one message'}`
}

/** That an account is the one asked for, a list that of the children, and secrets for who may see them. */
function contentFault(asker: Asker, target: Target, ask: Ask, reply: Reply): string | undefined {
  const body = reply.json()
  if (ask === 'list children' && !asker.isRoot) {
    const children = asker.targets.filter(({ relation }) => relation === 'child')
    const listed = Array.isArray(body) ? body.map((item) => item.sid) : []
    return listed.join() === children.map(({ sid }) => sid).join() ? undefined : 'lists others'
  }
  if (['read', 'change', 'change status', 'change role'].includes(ask)) {
    const isShown = reply.text.includes('"auth_token"')
    if (sidIn(reply) !== target.sid) {
      return 'shows another account'
    }
    return isShown === seesToken(asker) ? undefined : `shows its token: ${isShown}`
  }
  if (ask === 'preview') {
    return sidIn(reply) === target.sid ? undefined : 'counts another branch'
  }
  const isForeign =
    !asker.isRoot && reply.text.includes('"auth_token"') && asker.role !== 'Administrator'
  return isForeign ? 'shows tokens' : undefined
}

function sidIn(reply: Reply): string {
  const body = reply.json()
  const isOne = typeof body === 'object' && body !== null && 'sid' in body
  return isOne && typeof body.sid === 'string' ? body.sid : ''
}

/** Every row that is kept, without the columns that do not matter. */
function snapshot(ignored: readonly string[] = []): ReadonlyMap<string, string> {
  const tables = [
    ...['accounts', 'organizations', 'audit', 'closed_branches', 'installation', 'webhooks'],
  ]
  return storedRowsByKey(app.folder, tables, ignored)
}

const mayWrite = ({ expected, request }: Cell) =>
  expected.status === 200 && ['POST', 'PUT'].includes(request.method) && request.ask !== 'preview'

test('the matrix has at least 4,000 cells, of every kind', () => {
  const cells = askers.flatMap(cellsOf)
  console.log(`\n  ${cells.length} cells`)
  assert.ok(cells.length >= 4000)
  const kinds = (of: (cell: Cell) => string | number) => new Set(cells.map(of)).size
  assert.is(
    kinds(({ asker }) => asker.name),
    1 + 9 * roles.length,
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
    22,
  )
})

type Refusals = { readonly answered: readonly Answered[]; readonly changed: readonly string[] }

const refusals = new Map<string, Promise<Refusals>>()

/** The answers to all that can change nothing, asked once, and the rows that it changed all the same. */
function refusalsOf(role: string): Promise<Refusals> {
  const asked = refusals.get(role) ?? askRefusals(role)
  refusals.set(role, asked)
  return asked
}

async function askRefusals(role: string): Promise<Refusals> {
  const before = snapshot()
  const answered = await answersTo(cellsOfRole(role).filter((cell) => !mayWrite(cell)))
  return { answered, changed: changedRows(before, snapshot()) }
}

function cellsOfRole(role: string): Cell[] {
  const isOfRole = (asker: Asker) => (asker.isRoot ? role === 'root' : role === asker.role)
  return askers.filter(isOfRole).flatMap(cellsOf)
}

for (const role of ['root', ...roles]) {
  test(`${role}: whoever asks for what they may not have is refused, and nothing changes`, async () => {
    const { answered, changed } = await refusalsOf(role)
    assert.equal(faultsOf(answered), [])
    assert.equal(changed, [])
  })

  test(`${role}: a change that is allowed and changes nothing is recorded and no more`, async () => {
    const cells = cellsOfRole(role).filter(mayWrite)
    const ignored = ['updated_at', 'revision']
    const [before, recorded] = [snapshot(ignored), storedAudit(app.folder)]
    const answered = await answersTo(cells)
    assert.equal(faultsOf(answered), [])
    const changed = changedRows(before, snapshot(ignored))
    assert.equal(
      changed.filter((row) => !row.startsWith('audit')),
      [],
    )
    assert.is(changed.length, cells.length)
    const targets = storedAudit(app.folder).slice(recorded.length)
    assert.equal(
      targets.map(({ targetSid }) => targetSid).sort(),
      cells.map(({ target }) => target.sid).sort(),
    )
  })

  test(`${role}: an account out of reach cannot be told from one that is not there`, async () => {
    const { answered } = await refusalsOf(role)
    const shapes = new Map<string, Set<string>>()
    for (const { asker, request, reply } of answered.filter(isOutside)) {
      const asked = `${asker.name} ${ofAnAccount.indexOf(request)}`
      shapes.set(asked, (shapes.get(asked) ?? new Set()).add(shapeOf(reply)))
    }
    assert.equal(
      [...shapes].filter(([, told]) => told.size !== 1),
      [],
    )
    assert.is(shapes.size, role === 'root' ? ofAnAccount.length : 9 * ofAnAccount.length)
  })
}

test('a wrong key is answered alike, whether its account is there and whatever is asked', async () => {
  const shapes = new Set<string>()
  for (const asker of askers.filter(({ role }) => role === 'Administrator')) {
    const nobody = asker.targets.find(({ relation }) => relation === 'unknown')
    assert.ok(nobody)
    for (const cell of cellsOf(asker).filter(({ target }) => target.relation === 'self')) {
      for (const { sid, email } of [asker.login, nobody]) {
        const reply = await replyTo(cell, { sid, email, token: 'f'.repeat(32) })
        shapes.add(shapeOf({ ...reply, text: cell.request.method === 'HEAD' ? '' : reply.text }))
        assert.is(reply.status, 401)
      }
    }
  }
  // With and without the body that HEAD does not have.
  assert.is(shapes.size, 2, [...shapes].join('\n'))
})

function faultsOf(answered: readonly Answered[]): string[] {
  const faults = answered.map(faultOf).filter((fault) => fault !== undefined)
  return faults.length > 20 ? [...faults.slice(0, 20), `and ${faults.length - 20} more`] : faults
}

/** Above, beside or elsewhere; for anyone but an Administrator everyone else. */
function isOutside({ asker, target, request }: Cell): boolean {
  const isBelow = ['child', 'grandchild'].includes(target.relation)
  const isOthers = target.relation !== 'self' && !(isBelow && asker.role === 'Administrator')
  return isOthers && ofAnAccount.includes(request)
}

/** An answer without what is its own: its id and the moment. */
function shapeOf({ status, headers, text }: Reply): string {
  const told = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
  return JSON.stringify([status, told, text])
}

test.run()
