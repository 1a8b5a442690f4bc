import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keyReaches, keyScopes } from '../../../lib/api-keys.ts'
import {
  type Answer,
  type Asker,
  ask,
  type Member,
  member,
  pathOf,
  session,
} from '../../support/crossbar.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { callflowsOf, freshNumber, madeCallflow } from '../../support/stored-callflows.ts'
import { createKey } from '../../support/twilio.ts'

/** An account, with one callflow that everyone asks about. */
type Target = { readonly sid: string; readonly callflow: string }

/** Nothing, read, or read and write. */
type May = '-' | 'r' | 'rw'

let app: TestApp
let family: Readonly<Record<string, Member & Target>>
test.before(async () => {
  app = await startApp()
  const top = await member(app, app.root)
  const owner = await member(app, top)
  const made = { top, owner, child: await member(app, owner) }
  const others = { sibling: await member(app, top), stranger: await member(app, app.root) }
  const rootItself = { ...app.root, id: app.root.sid.slice(2), document: {} }
  family = Object.fromEntries(
    await Promise.all(
      Object.entries({ root: rootItself, ...made, ...others }).map(async ([name, one]) => {
        const { id } = await madeCallflow(app, one)
        return [name, { ...one, callflow: id }] as const
      }),
    ),
  )
})
test.after(() => app.stop())

function one(name: string): Member & Target {
  const found = family[name]
  assert.ok(found, name)
  return found
}

/** All that is asked; what is allowed changes nothing that another request could see. */
async function answers(asker: Asker, target: Target): Promise<readonly Answer[]> {
  const [many, single] = [callflowsOf(target), callflowsOf(target, target.callflow)]
  const fresh = () => ({ data: { numbers: [freshNumber()] } })
  return [
    await ask(app, asker, 'GET', many),
    await ask(app, asker, 'HEAD', many),
    await ask(app, asker, 'GET', single),
    await ask(app, asker, 'HEAD', single),
    await ask(app, asker, 'PUT', many, fresh()),
    await ask(app, asker, 'POST', single, fresh()),
    await ask(app, asker, 'PATCH', single, { data: { name: 'patched' } }),
    await ask(app, asker, 'DELETE', single, { headers: { 'If-Match': '"1-another"' } }),
  ]
}

async function assertMay(asker: Asker, target: Target, may: May, refusal: number, who: string) {
  const statuses = (await answers(asker, target)).map(({ status }) => status)
  const reads = Array(4).fill(may === '-' ? refusal : 200)
  const writes = may === 'rw' ? [201, 200, 200, 412] : Array(4).fill(refusal)
  assert.equal(statuses, [...reads, ...writes], who)
}

/** That the asker may do this to the callflows of each account, and nothing to the others. */
async function assertReach(asker: Asker, reach: Readonly<Record<string, May>>, who: string) {
  for (const name of Object.keys(family)) {
    await assertMay(asker, one(name), reach[name] ?? '-', 403, `${who} asks ${name}`)
  }
}

/** By Basic and by a session. */
async function waysOf(account: { readonly sid: string; readonly token: string }) {
  return { Basic: account, session: await session(app, account.token) }
}

test('an account does everything to its own callflows and those below, and nothing to others', async () => {
  const reaches: Readonly<Record<string, readonly string[]>> = {
    root: Object.keys(family),
    top: ['top', 'owner', 'child', 'sibling'],
    owner: ['owner', 'child'],
    child: ['child'],
    sibling: ['sibling'],
    stranger: ['stranger'],
  }
  for (const [name, reach] of Object.entries(reaches)) {
    const allowed = Object.fromEntries(reach.map((other) => [other, 'rw' as const]))
    for (const [way, asker] of Object.entries(await waysOf(one(name)))) {
      await assertReach(asker, allowed, `${name} by ${way}`)
    }
  }
})

test('the callflows of an account that is not there are unknown to the root, and to nobody else', async () => {
  const nobody = { sid: `AC${'0'.repeat(32)}`, callflow: '1'.repeat(32) }
  for (const name of Object.keys(family)) {
    const refusal = name === 'root' ? 404 : 403
    await assertMay(one(name), nobody, '-', refusal, name)
  }
})

test('a callflow out of reach cannot be told from one that is not there', async () => {
  const { callflow } = one('sibling')
  const real = one('sibling')
  const shapes = new Set<string>()
  for (const target of [
    real,
    { ...real, callflow: '1'.repeat(32) },
    { ...real, callflow: one('owner').callflow },
    { sid: `AC${'0'.repeat(32)}`, callflow },
  ]) {
    const told = await answers(one('owner'), target)
    shapes.add(JSON.stringify(told.map(({ body }) => ({ ...body, request_id: '' }))))
  }
  assert.is(shapes.size, 1)
})

test('an API key does what it was made for, as far as it reaches', async () => {
  for (const scope of keyScopes) {
    const may: May = scope === 'read' ? 'r' : 'rw'
    for (const reach of keyReaches) {
      const key = await createKey(app, one('owner'), { Scope: scope, Reach: reach })
      const below: Readonly<Record<string, May>> = reach === 'branch' ? { child: may } : {}
      await assertReach(key, { owner: may, ...below }, `a key to ${scope} of ${reach}`)
    }
  }
  const ofRoot = await createKey(app, app.root, { Scope: 'read', Reach: 'self' })
  await assertReach(ofRoot, { root: 'r' }, 'a key of the root for itself')
})

test('another role than Administrator acts on its own callflows, if on any', async () => {
  const may: Readonly<Record<string, May>> = { Developer: 'rw', User: '-', Guest: '-' }
  for (const [role, own] of Object.entries(may)) {
    const made = await createAccount(app, app.root, { Role: role, Status: 'active' })
    const { data } = await ask(app, app.root, 'GET', pathOf(made, '/api_key'))
    const login = { sid: made.sid, token: String(data.api_key) }
    const ofOwn = await madeCallflow(app, login, {}, app.root)
    const put = { data: { name: `below ${role}` } }
    const below = await ask(app, app.root, 'PUT', pathOf(made), put)
    const childSid = { sid: `AC${below.data.id}`, token: '' }
    const ofChild = await madeCallflow(app, childSid, {}, app.root)
    for (const [way, asker] of Object.entries(await waysOf(login))) {
      const who = `${role} by ${way}`
      await assertMay(asker, { ...made, callflow: ofOwn.id }, own, 403, who)
      await assertMay(asker, { ...childSid, callflow: ofChild.id }, '-', 403, `${who}, below`)
      await assertMay(asker, one('stranger'), '-', 403, `${who}, a stranger`)
    }
  }
})

test('who is not active may nothing, whoever made it so', async () => {
  const statuses = ['suspended', 'inactive', 'uninitialized', 'closed']
  for (const status of statuses) {
    for (const isAbove of [false, true]) {
      const parent = await createAccount(app, app.root)
      const account = await createAccount(app, parent)
      const target = { ...account, callflow: (await madeCallflow(app, account)).id }
      const opened = await session(app, account.token)
      const key = await createKey(app, account, { Scope: 'admin', Reach: 'branch' })
      const stopped = isAbove ? parent : account
      await setStatus(stopped.sid, status)
      for (const asker of [account, opened, key]) {
        await assertMay(asker, target, '-', 401, `${status} ${isAbove ? 'above' : ''}`)
      }
      // To those above, a closed account is gone, and any other there.
      const seen = status === 'closed' ? '-' : 'rw'
      await assertMay(app.root, target, seen, 404, `the root asks one that is ${status}`)
    }
  }
})

test('who comes without credentials, or with wrong ones, is asked for them first', async () => {
  const owner = one('owner')
  const wrong: readonly Asker[] = [
    undefined,
    { ...owner, token: '0'.repeat(32) },
    { sid: `AC${'0'.repeat(32)}`, token: owner.token },
    { session: 'a.b.c' },
  ]
  for (const asker of wrong) {
    await assertMay(asker, owner, '-', 401, JSON.stringify(asker))
    const nowhere = { sid: `AC${'0'.repeat(32)}`, callflow: '1'.repeat(32) }
    await assertMay(asker, nowhere, '-', 401, JSON.stringify(asker))
  }
})

test('who may not is told so before the body is looked at, and who may before it is read', async () => {
  const owner = one('owner')
  for (const method of ['PUT', 'POST', 'PATCH'] as const) {
    const path = method === 'PUT' ? callflowsOf(owner) : callflowsOf(owner, owner.callflow)
    const broken = { raw: '{"data": {' }
    assert.is((await ask(app, undefined, method, path, broken)).status, 401)
    assert.is((await ask(app, one('stranger'), method, path, broken)).status, 403)
    assert.is((await ask(app, owner, method, path, broken)).status, 400)
  }
})

test('other methods are nobody’s, and OPTIONS is for everyone', async () => {
  const owner = one('owner')
  const paths = [callflowsOf(owner), callflowsOf(owner, owner.callflow)]
  for (const [index, path] of paths.entries()) {
    for (const asker of [owner, one('stranger')]) {
      for (const method of index === 0 ? ['POST', 'PATCH', 'DELETE'] : ['PUT']) {
        assert.is((await ask(app, asker, method, path)).status, 405, `${method} ${path}`)
      }
    }
    for (const asker of [undefined, owner, one('stranger')]) {
      const answer = await ask(app, asker, 'OPTIONS', path)
      assert.ok([200, 204].includes(answer.status))
      assert.match(answer.headers.get('allow') ?? '', index === 0 ? 'PUT' : 'PATCH')
    }
  }
})

/** Through the dialect that has all of them. */
async function setStatus(sid: string, Status: string): Promise<void> {
  const reply = await send(app, app.root, 'POST', `/Accounts/${sid}`, { Status })
  assert.is(reply.status, 200, reply.text)
}

test.run()
