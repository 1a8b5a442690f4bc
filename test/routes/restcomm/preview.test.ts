import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, pathOf, session } from '../../support/crossbar.ts'
import {
  anyPassword,
  createAccount,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import { storedRows } from '../../support/stored-rows.ts'
import { sweepsFinished } from '../../support/sweeps.ts'
import { createKey, send as sendTwilio } from '../../support/twilio.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const close: Parameters = { Status: 'closed' }
const dryRun: Parameters = { ...close, DryRun: 'true' }
const everything = [
  ...['accounts', 'api_keys', 'callflows', 'callflow_numbers', 'sessions', 'audit'],
  ...['closed_branches', 'organizations'],
]

test('a preview counts what the close then closes, and changes nothing', async () => {
  const { parent, living } = await plantBranch()
  const before = storedRows(app.folder, everything)
  const reply = await put(parent.sid, dryRun)
  assert.is(reply.status, 200)
  const counts = {
    sid: parent.sid,
    accounts: 5,
    accounts_by_status: { active: 2, uninitialized: 1, inactive: 1, suspended: 1 },
    ...{ api_keys: 3, callflows: 3, numbers: 4, sessions: 2, realms: 5, names: 4 },
  }
  assert.equal(reply.json(), counts)
  assert.equal(storedRows(app.folder, everything), before)
  assert.equal(
    (await send(app, app.root, 'POST', `/Accounts.json/${parent.sid}`, dryRun)).json(),
    counts,
  )

  const [root] = await app.store.findAccounts([app.root])
  const rows = await app.store.findAccounts(living)
  await put(parent.sid, close)
  while ((await app.store.sweepClosedBranches(2)) === 'more') {}
  const [after] = await app.store.findAccounts([app.root])
  assert.is(Number(root?.descendantsCount) - Number(after?.descendantsCount), counts.accounts)
  const closed = await app.store.findAccounts(living)
  assert.is(closed.filter((row) => row?.closedBy === parent.sid).length, counts.accounts)
  assert.is(storedRows(app.folder, ['sessions']).length, 0)
  const free = { realm: 0, name: 0 }
  for (const { realm, friendlyName: name } of rows.filter((row) => row !== undefined)) {
    const taken = await app.store.takenNames({ realm, name }, undefined)
    free.realm += Number(!taken.realm)
    free.name += Number(!taken.name)
  }
  assert.equal(free, { realm: counts.realms, name: counts.names })
})

test('in XML it has the same facts', async () => {
  const { sid } = await createAccount(app, app.root, { Status: 'suspended' })
  const reply = await send(app, app.root, 'PUT', `/Accounts/${sid}`, dryRun)
  assert.is(reply.headers.get('content-type'), 'application/xml')
  assert.is(
    reply.text,
    `<RestcommResponse>
  <ClosePreview>
    <Sid>${sid}</Sid>
    <Accounts>1</Accounts>
    <AccountsByStatus>
      <Active>0</Active>
      <Uninitialized>0</Uninitialized>
      <Inactive>0</Inactive>
      <Suspended>1</Suspended>
    </AccountsByStatus>
    <ApiKeys>0</ApiKeys>
    <Callflows>0</Callflows>
    <Numbers>0</Numbers>
    <Sessions>0</Sessions>
    <Realms>1</Realms>
    <Names>1</Names>
  </ClosePreview>
</RestcommResponse>`,
  )
})

test('who may not close is told so by the preview in the same words', async () => {
  const caller = await createAccount(app, app.root)
  const child = await createAccount(app, caller)
  const developer = await createAccount(app, caller, { Role: 'Developer' })
  const reader = await createKey(app, caller, { Scope: 'read' })
  const gone = await createAccount(app, caller)
  await put(gone.sid, close)
  const none = gone.sid.replace(/.{6}$/, 'nobody')
  const cells: readonly (readonly [Login, string])[] = [
    [developer, child.sid],
    [child, caller.sid],
    [reader, child.sid],
    [app.root, app.root.sid],
    [app.root, gone.sid],
    [app.root, none],
    [caller, none],
    [gone, gone.sid],
  ]
  for (const [by, sid] of cells) {
    const [previewed, closed] = [await put(sid, dryRun, by), await put(sid, close, by)]
    assert.ok(closed.status >= 400)
    assert.equal([previewed.status, previewed.text], [closed.status, closed.text])
  }
  for (const by of [app.root, caller, child]) {
    assert.is((await put(child.sid, dryRun, by)).status, 200)
  }
})

test('DryRun with anything but a close, in the query, or as no word of ours is refused', async () => {
  const { sid } = await createAccount(app, app.root)
  await sweepsFinished(app.folder)
  const before = storedRows(app.folder, everything)
  const text = 'DryRun is invalid: it goes into the form, with Status=closed and nothing else'
  for (const form of [
    { DryRun: 'true' },
    { DryRun: 'true', Status: 'suspended' },
    { DryRun: 'TRUE', Status: 'active' },
    { ...dryRun, FriendlyName: 'other' },
    { ...dryRun, Password: anyPassword },
    { ...dryRun, Role: 'Guest' },
  ]) {
    assert.equal(refusal(await put(sid, form)), [400, text], JSON.stringify(form))
  }
  for (const query of ['?DryRun=true', '?DryRun=false', '?DryRun=']) {
    const reply = await send(app, app.root, 'POST', `/Accounts.json/${sid}${query}`, close)
    assert.equal(refusal(reply), [400, text])
  }
  for (const value of ['', '1', 'yes', 'tru']) {
    const [status, message] = refusal(await put(sid, { ...close, DryRun: value }))
    assert.is(status, 400)
    assert.match(String(message), 'DryRun')
  }
  assert.is((await put(sid, { ...close, dryrun: 'true' })).status, 400)
  const misspelt = await send(app, app.root, 'POST', `/Accounts.json/${sid}?dryrun=true`, close)
  assert.is(misspelt.status, 400)
  assert.equal(storedRows(app.folder, everything), before)
  assert.is((await put(sid, { ...close, DryRun: 'false' })).status, 200)
  assert.is((await put(sid, dryRun)).status, 400)
})

test('letter case of the words is as free as that of Status', async () => {
  const { sid } = await createAccount(app, app.root)
  assert.match((await put(sid, { Status: 'CLOSED', DryRun: 'True' })).text, '"realms": 1')
})

test("Twilio's API has no preview, and closes nothing for who asks for one", async () => {
  const { sid } = await createAccount(app, app.root)
  await sweepsFinished(app.folder)
  const before = storedRows(app.folder, everything)
  for (const [query, form] of [
    ['', dryRun],
    ['', { ...close, dryRun: 'false' }],
    ['', { Status: 'suspended', DryRun: 'true' }],
    ['?DryRun=true', close],
  ] as const) {
    const reply = await sendTwilio(app, app.root, 'POST', `/Accounts/${sid}.json${query}`, form)
    assert.is(reply.status, 400)
    assert.match(reply.text, /"code":20001,"message":"Invalid parameter: DryRun/)
  }
  assert.equal(storedRows(app.folder, everything), before)
})

/** Five that live, with keys, callflows and logins; below them two in a branch that is closed already. */
async function plantBranch() {
  const parent = await createAccount(app, app.root, { FriendlyName: 'Taken by another' })
  await createAccount(app, app.root, { FriendlyName: 'taken by ANOTHER' })
  const child = await createAccount(app, parent)
  const others = await Promise.all(
    ['suspended', 'inactive', 'uninitialized'].map((Status) =>
      createAccount(app, child, { Status }),
    ),
  )
  const gone = await createAccount(app, parent)
  const below = await createAccount(app, gone)
  for (const owner of [parent, child, gone, below]) {
    await createKey(app, owner)
    await plantCallflow(owner, '+441234567890')
  }
  await createKey(app, parent)
  await plantCallflow(child, '+441234567891', '+441234567892')
  await Promise.all([parent, child, below].map(({ token }) => session(app, token)))
  await put(gone.sid, close)
  await sweepsFinished(app.folder)
  return { parent, living: [parent, child, ...others] }
}

async function plantCallflow(owner: Login, ...numbers: readonly string[]): Promise<void> {
  const data = {
    numbers,
    patterns: [`^${numbers[0]?.slice(-4)}$`],
    flow: { module: 'response', data: {} },
  }
  const made = await ask(app, owner, 'PUT', pathOf(owner, '/callflows'), { data })
  assert.is(made.status, 201, made.text)
}

function put(id: string, form: Parameters, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'PUT', `/Accounts.json/${id}`, form)
}

function refusal(reply: Reply): [number, string] {
  return [reply.status, JSON.parse(reply.text).message]
}

test.run()
