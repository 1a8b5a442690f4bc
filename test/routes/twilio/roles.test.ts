import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  ask,
  base,
  createSubaccount,
  pageOf,
  pathOf,
  type Reply,
  refusal,
  type Subaccount,
  send,
} from '../../support/twilio.ts'

const roles = ['Administrator', 'Developer', 'User', 'Guest'] as const
type Role = (typeof roles)[number]

/** A caller of each role in the same place, with everyone around. */
type Caller = {
  readonly role: Role
  readonly self: Subaccount
  readonly child: Subaccount
  readonly grandchild: Subaccount
}

let app: TestApp
let parent: Subaccount
let callers: readonly Caller[]
/** Who is not in the branch of any caller, the closed ones too. */
let outside: Readonly<Record<string, string>>

test.before(async () => {
  app = await startApp()
  parent = await createSubaccount(app, app.root)
  callers = await Promise.all(roles.map(plant))
  const sibling = await createSubaccount(app, parent)
  const nephew = await createSubaccount(app, sibling)
  const closed = await createSubaccount(app, parent)
  await send(app, parent, 'POST', pathOf(closed), { Status: 'closed' })
  const sids = { sibling, nephew, closed, parent, root: app.root }
  outside = Object.fromEntries(Object.entries(sids).map(([name, { sid }]) => [name, sid]))
})
test.after(() => app.stop())

/** The role is given last, for only an Administrator makes Administrators below. */
async function plant(role: Role): Promise<Caller> {
  const self = await createSubaccount(app, parent)
  const child = await createSubaccount(app, self)
  const grandchild = await createSubaccount(app, child)
  const path = `/2012-04-24/Accounts.json/${self.sid}`
  assert.is((await ask(app, parent, 'POST', path, { Role: role })).status, 200)
  return { role, self, child, grandchild }
}

const requests = [
  ['GET', '.json'],
  ['POST', '.json'],
  ['GET', '/Keys.json'],
  ['POST', '/Keys.json'],
  ['GET', '/SigningKeys.json'],
  ['GET', `/Keys/SK${'0'.repeat(32)}.json`],
  ['POST', `/Keys/SK${'0'.repeat(32)}.json`],
  ['DELETE', `/Keys/SK${'0'.repeat(32)}.json`],
] as const

test('an account outside the branch and one that does not exist are told apart by nothing', async () => {
  const unknown = `AC${'0'.repeat(32)}`
  for (const { self, role } of callers) {
    for (const [method, rest] of requests) {
      const of = (sid: string) => ask(app, self, method, `${base}/Accounts/${sid}${rest}`)
      const expected = comparable(await of(unknown), unknown)
      assert.ok([403, 404].includes(expected.status))
      for (const [name, sid] of Object.entries(outside)) {
        assert.equal(comparable(await of(sid), sid), expected, `${role} ${method} ${name}${rest}`)
      }
    }
  }
})

test('an account outside the branch is 404 to an Administrator, whatever is asked of it', async () => {
  const [administrator] = callers
  assert.ok(administrator)
  for (const sid of [...Object.values(outside), 'nobody', '..', `AC${'0'.repeat(32)}`]) {
    for (const [method, rest] of requests) {
      const path = `/Accounts/${encodeURIComponent(sid)}${rest}`
      const reply = await send(app, administrator.self, method, path)
      assert.equal(refusal(reply), [404, 20404], `${method} ${path}`)
    }
  }
})

test('an account that may not act at all is told so and nothing else', async () => {
  const guest = callers.find(({ role }) => role === 'Guest')
  assert.ok(guest)
  const paths = [pathOf(guest.self), pathOf(guest.child), '/Accounts.json']
  for (const path of [...paths, `/Accounts/${guest.self.sid}/Keys.json`]) {
    assert.equal(refusal(await send(app, guest.self, 'GET', path)), [403, 20403])
    assert.equal(refusal(await send(app, guest.self, 'POST', path, {})), [403, 20403])
  }
})

type Ask = 'read' | 'change' | 'keys' | 'new key' | 'list' | 'create' | 'new token'

/** What the table of roles says (decisions.md 12): on itself, and on what is below. */
const allowed: Readonly<Record<Role, { readonly self: readonly Ask[]; readonly below: Ask[] }>> = {
  Administrator: {
    self: ['read', 'change', 'keys', 'new key', 'list', 'create', 'new token'],
    below: ['read', 'change', 'keys', 'new key'],
  },
  Developer: {
    self: ['read', 'change', 'keys', 'new key', 'list', 'create', 'new token'],
    below: [],
  },
  User: { self: ['read', 'list'], below: [] },
  Guest: { self: [], below: [] },
}

for (const role of roles) {
  test(`the role ${role} may do what the table says, and nothing else`, async () => {
    const { self, child, grandchild } = callerOf(role)
    const all = allowed.Administrator.self
    const may = await answered(self, self, all)
    assert.equal(may, forbiddenBut(all, allowed[role].self))
    for (const target of [child, grandchild]) {
      const below = await answered(self, target, allowed.Administrator.below)
      assert.equal(below, forbiddenBut(allowed.Administrator.below, allowed[role].below))
    }
  })
}

test('only who may operate on the own children sees their tokens in the list', async () => {
  for (const { role, self, child } of callers.slice(0, 3)) {
    const { accounts = [] } = pageOf(await send(app, self, 'GET', '/Accounts.json'))
    const tokenOf = (sid: string) => accounts.find((other) => other.sid === sid)?.auth_token
    assert.is(tokenOf(self.sid), role === 'User' ? null : self.token, role)
    assert.is(tokenOf(child.sid), role === 'Administrator' ? child.token : null, role)
  }
})

test('only an Administrator chooses the role of a new account', async () => {
  for (const role of roles) {
    for (const [creator, given] of [
      ['Administrator', role],
      ['Developer', 'Developer'],
    ] as const) {
      const made = await send(app, callerOf(creator).self, 'POST', '/Accounts.json', { Role: role })
      const [record] = await app.store.findAccounts([{ sid: accountOf(made).sid }])
      assert.is(record?.role, given)
    }
  }
})

test('what a Developer has made is not its own to see into', async () => {
  const { self } = callerOf('Developer')
  const made = accountOf(await send(app, self, 'POST', '/Accounts.json', {}))
  assert.is(made.auth_token, null)
  assert.is(made.owner_account_sid, self.sid)
  assert.equal(refusal(await send(app, self, 'GET', pathOf(made))), [403, 20403])
})

function callerOf(role: Role): Caller {
  const caller = callers.find((candidate) => candidate.role === role)
  assert.ok(caller)
  return caller
}

/** Status and code of each answer; an answer that is no refusal counts as 200. */
async function answered(login: Subaccount, target: Subaccount, asks: readonly Ask[]) {
  const keys = `/Accounts/${target.sid}/Keys.json`
  const answers: Record<Ask, () => Promise<Reply>> = {
    read: () => send(app, login, 'GET', pathOf(target)),
    change: () => send(app, login, 'POST', pathOf(target), { FriendlyName: 'x' }),
    keys: () => send(app, login, 'GET', keys),
    'new key': () => send(app, login, 'POST', keys, {}),
    list: () => send(app, login, 'GET', '/Accounts.json'),
    create: () => send(app, login, 'POST', '/Accounts.json', {}),
    'new token': () => ask(app, login, 'POST', '/v1/AuthTokens/Secondary'),
  }
  const found: Record<string, unknown> = {}
  for (const name of asks) {
    const reply = await answers[name]()
    found[name] = reply.status < 300 ? 200 : refusal(reply)
  }
  return found
}

function forbiddenBut(asks: readonly Ask[], may: readonly Ask[]) {
  return Object.fromEntries(asks.map((name) => [name, may.includes(name) ? 200 : [403, 20403]]))
}

/** A reply without the account that was asked for and what is new in each. */
function comparable({ status, headers, text }: Reply, sid: string) {
  const chance = ['date', 'x-request-id']
  return {
    status,
    text: text.replaceAll(sid, 'SID'),
    headers: [...headers].filter(([name]) => !chance.includes(name)),
  }
}

test.run()
