import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isKeySecret } from '../../../lib/ids.ts'
import { openConnection } from '../../support/connection.ts'
import { recordedOf } from '../../support/recorded.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import {
  accountOf,
  ask,
  base,
  createKey,
  createSubaccount,
  errorOf,
  type KeyJson,
  keyOf,
  type Parameters,
  pageOf,
  pathOf,
  refusal,
  send,
} from '../../support/twilio.ts'

let app: TestApp
const start = Date.UTC(2026, 0, 2, 3, 4, 5)
let now = start
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.before.each(() => {
  now = start
})
test.after(() => app.stop())

const hour = 3600_000
const rfc = (moment: number) => new Date(moment).toUTCString().replace('GMT', '+0000')

test('a key is made, fetched, listed, renamed and deleted', async () => {
  const owner = await createSubaccount(app, app.root)
  const made = await send(app, owner, 'POST', keysOf(owner), { FriendlyName: 'Billing' })
  assert.is(made.status, 201)
  const { secret, ...key } = keyOf(made)
  assert.match(key.sid, /^SK[0-9a-f]{32}$/)
  assert.ok(isKeySecret(secret ?? ''))
  assert.equal(keyOf(await send(app, owner, 'GET', keyPath(owner, key))), key)
  assert.equal(await listed(owner), [key])

  now += hour
  const renamed = await send(app, owner, 'POST', keyPath(owner, key), { FriendlyName: 'Rating' })
  assert.equal(keyOf(renamed), { ...key, friendly_name: 'Rating', date_updated: rfc(now) })
  assert.equal(await listed(owner), [keyOf(renamed)])

  const gone = await send(app, owner, 'DELETE', keyPath(owner, key))
  assert.equal([gone.status, gone.text, gone.headers.get('content-type')], [204, '', null])
  assert.equal(await listed(owner), [])
  for (const method of ['GET', 'POST', 'DELETE']) {
    assert.equal(refusal(await send(app, owner, method, keyPath(owner, key))), [404, 20404])
  }
})

test('a key without parameters may all that its account may, for ever, and has a dated name', async () => {
  const { key } = await createKey(app, app.root)
  const { friendly_name, scope, reach, date_expires, date_last_used } = key
  assert.equal(
    { friendly_name, scope, reach, date_expires, date_last_used },
    {
      friendly_name: 'Key Created at 2026-01-02 03:04 am',
      scope: 'admin',
      reach: 'branch',
      date_expires: null,
      date_last_used: null,
    },
  )
})

test('parameters of a key that cannot be used are refused and make none', async () => {
  const owner = await createSubaccount(app, app.root)
  const refused: [Parameters, number, string][] = [
    [{ FriendlyName: 'x'.repeat(65) }, 20002, 'FriendlyName'],
    [{ FriendlyName: 'a\nb' }, 20002, 'FriendlyName'],
    ...['everything', 'Read', 'read,write'].map((Scope): [Parameters, number, string] => [
      { Scope },
      20001,
      'Scope',
    ]),
    [{ Reach: 'all' }, 20001, 'Reach'],
    ...['', 'soon', '2026-01-02', rfc(now + hour), '2027-02-30', '2027-01-02T03:04'].map(
      (ExpiresAt): [Parameters, number, string] => [{ ExpiresAt }, 20001, 'ExpiresAt'],
    ),
    [{ ExpiresAt: new Date(now).toISOString() }, 20001, 'ExpiresAt'],
    [{ expiresat: '2027-01-01' }, 20001, 'expiresat'],
  ]
  for (const [form, code, said] of refused) {
    const reply = await send(app, owner, 'POST', keysOf(owner), form)
    assert.equal(refusal(reply), [400, code], JSON.stringify(form))
    assert.match(errorOf(reply).message, said)
  }
  assert.equal(await listed(owner), [])
})

test('the moment at which a key expires is read with its zone', async () => {
  for (const [ExpiresAt, shown] of [
    ['2027-01-31', 'Sun, 31 Jan 2027 00:00:00 +0000'],
    ['2027-01-31T12:00Z', 'Sun, 31 Jan 2027 12:00:00 +0000'],
    ['2027-01-31T01:00:00.5+02:00', 'Sat, 30 Jan 2027 23:00:00 +0000'],
  ] as const) {
    assert.is((await createKey(app, app.root, { ExpiresAt })).key.date_expires, shown)
  }
})

test('a rename that names nothing changes nothing, and a name that is none is refused', async () => {
  const owner = await createSubaccount(app, app.root)
  const { key } = await createKey(app, owner, { FriendlyName: 'Billing' })
  const { secret, ...shown } = key
  now += hour
  for (const form of [{}, { Scope: 'read', Reach: 'self', Secret: 'x' }]) {
    assert.equal(keyOf(await send(app, owner, 'POST', keyPath(owner, key), form)), shown)
  }
  for (const FriendlyName of ['', 'x'.repeat(65), 'a\u0000b']) {
    const reply = await send(app, owner, 'POST', keyPath(owner, key), { FriendlyName })
    assert.equal(refusal(reply), [400, 20002])
  }
})

test('SigningKeys are the same keys under the other name', async () => {
  const owner = await createSubaccount(app, app.root)
  const path = `/Accounts/${owner.sid}/SigningKeys`
  const made = keyOf(await send(app, owner, 'POST', `${path}.json`, { FriendlyName: 'a' }))
  const { secret, ...key } = made
  assert.is((await send(app, login(made), 'GET', pathOf(owner))).status, 200)
  const page = pageOf(await send(app, app.root, 'GET', `${path}.json`))
  assert.equal(page.keys, undefined)
  assert.equal(
    page.signing_keys?.map(({ sid }) => sid),
    [key.sid],
  )
  assert.equal(keyOf(await send(app, app.root, 'GET', keyPath(owner, key))), {
    ...key,
    date_last_used: rfc(now),
  })
  await send(app, app.root, 'POST', `${path}/${key.sid}.json`, { FriendlyName: 'b' })
  assert.is((await listed(owner))[0]?.friendly_name, 'b')
  assert.is((await send(app, app.root, 'DELETE', `${path}/${key.sid}.json`)).status, 204)
  assert.equal(await listed(owner), [])
})

test('pages of keys lead on and back as those of accounts do', async () => {
  const owner = await createSubaccount(app, app.root)
  const sids: string[] = []
  while (sids.length < 5) {
    now += 1
    sids.push((await createKey(app, owner)).sid)
  }
  for (const [collection, list] of [
    ['Keys', 'keys'],
    ['SigningKeys', 'signing_keys'],
  ] as const) {
    const path = `${base}/Accounts/${owner.sid}/${collection}.json`
    let page = pageOf(await ask(app, owner, 'GET', `${path}?PageSize=2`))
    const shown = page[list]?.map(({ sid }) => sid) ?? []
    while (page.next_page_uri !== null) {
      assert.ok(page.next_page_uri.startsWith(`${path}?PageSize=2&Page=`))
      page = pageOf(await ask(app, owner, 'GET', page.next_page_uri))
      shown.push(...(page[list]?.map(({ sid }) => sid) ?? []))
    }
    assert.equal(shown, sids)
    const back = pageOf(await ask(app, owner, 'GET', page.previous_page_uri ?? ''))
    assert.equal(
      back[list]?.map(({ sid }) => sid),
      sids.slice(2, 4),
    )
  }
})

test('the secret is shown once, and nothing but its SHA-256 is in the database', async () => {
  const owner = await createSubaccount(app, app.root)
  const { key, token: secret } = await createKey(app, owner)
  assert.match(secret, /^[0-9a-zA-Z]+$/)
  for (const [method, path] of [
    ['GET', keyPath(owner, key)],
    ['POST', keyPath(owner, key)],
    ['GET', keysOf(owner)],
    ['GET', `/Accounts/${owner.sid}/SigningKeys.json`],
    ['GET', pathOf(owner)],
  ] as const) {
    assert.is((await send(app, owner, method, path)).text.includes('secret'), false, path)
  }
  const files = ['strowger.db', 'strowger.db-wal'].map((file) =>
    readFileSync(join(app.folder, file)),
  )
  const holds = (bytes: Buffer) => files.some((file) => file.includes(bytes))
  assert.ok(holds(createHash('sha256').update(secret).digest()))
  assert.not(holds(Buffer.from(secret)))
  assert.not(holds(Buffer.from(secret.slice(2), 'hex')))
  assert.not(app.log().includes(secret))
})

test('a key logs in wherever its account does, in every dialect', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = await createKey(app, owner)
  for (const prefix of ['', '/restcomm']) {
    const account = await ask(app, key, 'GET', `${prefix}${base}${pathOf(owner)}`)
    assert.is(accountOf(account).sid, owner.sid)
    for (const path of [`/Accounts.json/${owner.sid}`, '/Accounts', '/Organizations/x']) {
      const reply = await ask(app, key, 'GET', `${prefix}/2012-04-24${path}`)
      assert.ok(![401, 403].includes(reply.status), path)
    }
    const token = await ask(app, key, 'POST', `${prefix}/v1/AuthTokens/Secondary`)
    assert.is(token.status, 201)
  }
})

test('a key counts with its own SID and secret alone', async () => {
  const owner = await createSubaccount(app, app.root)
  const [key, other] = [await createKey(app, owner), await createKey(app, owner)]
  for (const wrong of [
    { sid: key.sid, token: other.token },
    { sid: key.sid, token: owner.token },
    { sid: owner.sid, token: key.token },
    { sid: key.sid.toUpperCase(), token: key.token },
    { sid: key.sid, token: key.token.toUpperCase() },
    { sid: key.sid, token: '' },
  ]) {
    assert.equal(refusal(await send(app, wrong, 'GET', pathOf(owner))), [401, 20003])
  }
})

test('a key ends at the moment of its expiry, in every dialect, and stays listed', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = await createKey(app, owner, { ExpiresAt: new Date(now + hour).toISOString() })
  const lasting = await createKey(app, owner)
  const paths = [`${base}${pathOf(owner)}`, `/2012-04-24/Accounts.json/${owner.sid}`]
  for (const [moment, status] of [
    [start + hour - 1, 200],
    [start + hour, 401],
    [start + 24 * hour, 401],
  ] as const) {
    now = moment
    for (const path of paths) {
      assert.is((await ask(app, key, 'GET', path)).status, status)
      assert.is((await ask(app, lasting, 'GET', path)).status, 200)
    }
  }
  const dates = (await listed(owner)).map(({ date_expires }) => date_expires)
  assert.equal(dates.sort(), [rfc(start + hour), null])
})

test('the last use is noted of that key alone, to the minute', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = await createKey(app, owner)
  await createKey(app, owner)
  const lastUses = async () =>
    (await listed(owner)).map(({ date_last_used }) => date_last_used).sort()
  assert.equal(await lastUses(), [null, null])
  for (const [later, noted] of [
    [hour, hour],
    [59_000, hour],
    [1000, hour + 60_000],
  ] as const) {
    now += later
    assert.is((await send(app, key, 'GET', pathOf(owner))).status, 200)
    assert.equal(await lastUses(), [rfc(start + noted), null])
  }
  await send(app, { sid: key.sid, token: 'wrong' }, 'GET', pathOf(owner))
  assert.equal(await lastUses(), [rfc(start + hour + 60_000), null])
})

test('a deleted key is refused at the next request of a connection that is open', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = await createKey(app, owner)
  const connection = openConnection(app)
  const path = `${base}${pathOf(owner)}`
  assert.is((await connection.ask(key, 'GET', path)).status, 200)
  await send(app, owner, 'DELETE', keyPath(owner, key))
  assert.equal(refusal(await connection.ask(key, 'GET', path)), [401, 20003])
  connection.close()
})

test('a key may delete itself, and is then none', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = await createKey(app, owner)
  assert.is((await send(app, key, 'DELETE', keyPath(owner, key))).status, 204)
  assert.equal(refusal(await send(app, key, 'GET', pathOf(owner))), [401, 20003])
})

test('an account above manages the keys of the accounts below, which reach no further than they', async () => {
  const owner = await createSubaccount(app, app.root)
  const child = await createSubaccount(app, owner)
  const key = await createKey(app, owner, { FriendlyName: 'of the child' }, child)
  assert.equal(
    (await listed(child)).map(({ sid }) => sid),
    [key.sid],
  )
  assert.is((await send(app, key, 'GET', pathOf(child))).status, 200)
  assert.equal(refusal(await send(app, key, 'GET', pathOf(owner))), [404, 20404])
  // The key of one account is not found below another, not even below the one that made it.
  assert.equal(refusal(await send(app, owner, 'GET', keyPath(owner, key))), [404, 20404])
  assert.equal(refusal(await send(app, owner, 'DELETE', keyPath(owner, key))), [404, 20404])
  assert.is((await send(app, owner, 'DELETE', keyPath(child, key))).status, 204)
})

test('a key of an account that is not active is refused as the account is', async () => {
  const parent = await createSubaccount(app, app.root)
  const owner = await createSubaccount(app, parent)
  const key = await createKey(app, owner)
  const get = () => send(app, key, 'GET', pathOf(owner))
  for (const { sid } of [owner, parent]) {
    await send(app, app.root, 'POST', pathOf({ sid }), { Status: 'suspended' })
    assert.equal(refusal(await get()), [403, 20005])
    const restcomm = await ask(app, key, 'GET', `/2012-04-24/Accounts.json/${owner.sid}`)
    assert.equal([restcomm.status, restcomm.json()], [403, notActive])
    await send(app, app.root, 'POST', pathOf({ sid }), { Status: 'active' })
    assert.is((await get()).status, 200)
  }
  await send(app, app.root, 'POST', pathOf(parent), { Status: 'closed' })
  assert.equal(refusal(await get()), [403, 20005])
  assert.is((await listed(owner, app.root)).length, 1)
  const more = await send(app, app.root, 'POST', keysOf(owner), {})
  assert.equal(refusal(more), [400, 21479])
})

const notActive = { message: 'Provided Account is not active' }

test('the audit tells by which key a change was made, and no secret', async () => {
  const owner = await createSubaccount(app, app.root)
  const key = await createKey(app, owner)
  const other = await createKey(app, key, { FriendlyName: 'a', Scope: 'read' }, owner)
  await send(app, key, 'POST', keyPath(owner, other), { FriendlyName: 'b' })
  await send(app, key, 'DELETE', keyPath(owner, other))
  const child = await createSubaccount(app, key)
  const audit = [
    ...(await recordedOf(app.store, other.sid)),
    ...(await recordedOf(app.store, child.sid)),
  ]
  const by = { actorSid: owner.sid, actorKeySid: key.sid, dialect: 'twilio' }
  assert.equal(
    audit.map(({ action, actorSid, actorKeySid, dialect }) => ({
      action,
      by: { actorSid, actorKeySid, dialect },
    })),
    ['apiKey.create', 'apiKey.rename', 'apiKey.remove', 'account.create'].map((action) => ({
      action,
      by,
    })),
  )
  assert.equal(audit[0]?.changes, {
    friendlyName: { to: 'a' },
    scope: { to: 'read' },
    reach: { to: 'branch' },
  })
  for (const secret of [key.token, other.token, child.token]) {
    assert.not(JSON.stringify(audit).includes(secret))
  }
})

function keysOf({ sid }: Pick<Login, 'sid'>): string {
  return `/Accounts/${sid}/Keys.json`
}

function keyPath(of: Pick<Login, 'sid'>, { sid }: Pick<Login, 'sid'>): string {
  return `/Accounts/${of.sid}/Keys/${sid}.json`
}

async function listed(
  of: Login,
  by: Pick<Login, 'sid' | 'token'> = app.root,
): Promise<readonly KeyJson[]> {
  return pageOf(await send(app, by, 'GET', keysOf(of))).keys ?? []
}

function login({ sid, secret }: KeyJson) {
  return { sid, token: secret ?? '' }
}

test.run()
