import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, codes, freshName, idOf, member, pathOf } from '../../support/crossbar.ts'
import { createAccount } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const now = Date.UTC(2026, 10, 21, 12, 30, 45, 678)

let app: TestApp
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

test('a new account has every key that the documents show, and says where it is', async () => {
  const name = freshName()
  const answer = await ask(app, app.root, 'PUT', '/accounts', { data: { name } })
  assert.is(answer.status, 201)
  const { id, realm, ...rest } = answer.data
  assert.match(String(id), /^[0-9a-f]{32}$/)
  assert.match(String(realm), /^[0-9a-f]{6,8}\.sip\.2600hz\.com$/)
  assert.is(answer.headers.get('location'), `/v2/accounts/${id}`)
  assert.equal(rest, {
    name,
    billing_mode: 'limits_only',
    call_restriction: {},
    caller_id: {},
    created: Math.floor(now / 1000) + 62_167_219_200,
    dial_plan: {},
    enabled: true,
    is_reseller: false,
    language: 'en-us',
    music_on_hold: {},
    preflow: {},
    reseller_id: idOf(app.root.sid),
    ringtones: {},
    superduper_admin: false,
    timezone: 'America/Los_Angeles',
    wnm_allow_additions: false,
  })
  assert.equal((await ask(app, app.root, 'GET', `/accounts/${id}`)).data, answer.data)
})

test('an account goes below the caller, or below the one that the path names', async () => {
  const parent = await member(app, app.root)
  const own = await ask(app, parent, 'PUT', '/accounts', { data: { name: freshName() } })
  const named = await member(app, parent)
  const below = await ask(app, app.root, 'GET', pathOf(parent, '/children'))
  assert.equal(below.list.map(({ id }) => id).sort(), [String(own.data.id), named.id].sort())
})

test('the link to a new account begins with the public address where there is one', async () => {
  const proxied = await startApp({ config: { publicUrl: 'https://tel.example.com' } })
  const data = { name: 'Public' }
  const answer = await ask(proxied, proxied.root, 'PUT', '/accounts', { data })
  const location = `https://tel.example.com/v2/accounts/${answer.data.id}`
  assert.is(answer.headers.get('location'), location)
  await proxied.stop()
})

test('random realms end in the suffix of the setting', async () => {
  const crossbar = {
    allowMove: 'superduper_admin',
    allowSiblingListing: true,
    ensureUniqueName: true,
    realmSuffix: 'tel.example.com',
  } as const
  const other = await startApp({ config: { crossbar } })
  const { document } = await member(other, other.root)
  assert.match(String(document.realm), /^[0-9a-f]+\.tel\.example\.com$/)
  await other.stop()
})

test('blanks in a realm are taken out, and its letter case does not count', async () => {
  const { document } = await member(app, app.root, { realm: ' Sip .Blank. Example.com\t' })
  assert.is(document.realm, 'sip.blank.example.com')
  const data = { name: freshName(), realm: 'SIP.BLANK.example.COM' }
  const taken = await ask(app, app.root, 'PUT', '/accounts', { data })
  assert.is(taken.status, 400)
  assert.equal(codes(taken), { realm: ['unique'] })
  assert.match(taken.text, '"cause":"sip.blank.example.com"')
})

test('a name is taken for whoever writes it with other marks and letter case', async () => {
  await member(app, app.root, { name: 'Ünïque Straße 5' })
  for (const name of ['ünïque STRASSE-5', 'Ünïque_Straße_5', ' Ü n ï q u e Straße ⁵ ']) {
    const refused = await ask(app, app.root, 'PUT', '/accounts', { data: { name } })
    assert.equal(codes(refused), { name: ['unique'] }, name)
    assert.match(refused.text, JSON.stringify({ cause: name }).slice(1, -1))
  }
  for (const name of ['Unique Strasse 5', 'Ünïque Straße 6', '電話会社', 'Телефон']) {
    assert.is((await ask(app, app.root, 'PUT', '/accounts', { data: { name } })).status, 201, name)
  }
  for (const name of ['***', '---', '***']) {
    assert.is((await ask(app, app.root, 'PUT', '/accounts', { data: { name } })).status, 201, name)
  }
})

test('a name may be given twice where the setting lets it', async () => {
  const crossbar = {
    allowMove: 'superduper_admin',
    allowSiblingListing: true,
    ensureUniqueName: false,
    realmSuffix: 'sip.2600hz.com',
  } as const
  const other = await startApp({ config: { crossbar } })
  for (let count = 0; count < 2; count += 1) {
    await member(other, other.root, { name: 'The same' })
  }
  await other.stop()
})

test('of many creates with the same name or realm exactly one is made', async () => {
  for (const shared of [{ name: freshName() }, { realm: 'race.example.com' }]) {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        ask(app, app.root, 'PUT', '/accounts', { data: { name: freshName(), ...shared } }),
      ),
    )
    assert.equal(answers.map(({ status }) => status).sort(), [201, ...Array(7).fill(400)])
    const refused = answers.find(({ status }) => status === 400)
    assert.ok(refused?.text.includes('"unique"'))
  }
})

test('a name that another dialect gave twice stays until it is changed', async () => {
  const name = freshName()
  await createAccount(app, app.root, { FriendlyName: name })
  const { sid } = await createAccount(app, app.root, { FriendlyName: name })
  const same = await ask(app, app.root, 'PATCH', pathOf({ sid }), { data: { name, note: 1 } })
  assert.is(same.status, 200)
  const other = await ask(app, app.root, 'PATCH', pathOf({ sid }), { data: { name: `${name}!` } })
  assert.equal(codes(other), { name: ['unique'] })
})

test('the time zone comes from above where it is not given', async () => {
  const parent = await member(app, app.root, { timezone: 'Europe/Vienna' })
  const child = await member(app, parent)
  const grandchild = await member(app, child, { timezone: 'inherit' })
  const own = await member(app, child, { timezone: 'Asia/Tokyo' })
  assert.is(child.document.timezone, 'Europe/Vienna')
  assert.is(grandchild.document.timezone, 'Europe/Vienna')
  assert.is(own.document.timezone, 'Asia/Tokyo')
  for (const method of ['POST', 'PATCH']) {
    const data = { name: String(own.document.name), timezone: 'inherit' }
    const answer = await ask(app, app.root, method, pathOf(own), { data })
    assert.is(answer.data.timezone, 'Europe/Vienna')
  }
})

test('the server alone says what it owns, whatever a client sends', async () => {
  const owned = {
    id: '1'.repeat(32),
    created: 1,
    billing_mode: 'sent',
    is_reseller: true,
    reseller_id: 'undefined',
    superduper_admin: true,
    wnm_allow_additions: true,
    descendants_count: 9,
  }
  const child = await member(app, app.root, owned)
  for (const key of Object.keys(owned)) {
    assert.not.equal(child.document[key], owned[key as keyof typeof owned], key)
  }
  for (const method of ['POST', 'PATCH']) {
    const data = { ...child.document, ...owned }
    const answer = await ask(app, app.root, method, pathOf(child), { data })
    assert.is(answer.status, 200)
    assert.equal(answer.data, child.document)
  }
})

test('all faults of a document are told at once, each with its field', async () => {
  const { document } = await member(app, app.root)
  const data = {
    name: document.name ?? '',
    realm: 'not a realm!',
    timezone: 'UTC',
    enabled: 'perhaps',
    preflow: { other: 1 },
    caller_id: { internal: { name: 'x'.repeat(36) } },
  }
  const answer = await ask(app, app.root, 'PUT', '/accounts', { data })
  assert.is(answer.status, 400)
  assert.equal(codes(answer), {
    name: ['unique'],
    realm: ['pattern'],
    timezone: ['minLength'],
    enabled: ['type'],
    'preflow.other': ['additionalProperties'],
    'caller_id.internal.name': ['maxLength'],
  })
})

test('a name is one line of 1 to 128 characters, and says alike in every write what is wrong', async () => {
  const child = await member(app, app.root)
  const rows = [
    ['two\nlines', 'invalid'],
    ['two\r\nlines', 'invalid'],
    ['a\ttab', 'invalid'],
    ['para\u2029graph', 'invalid'],
    ['bell\u0007', 'invalid'],
    ['', 'minLength'],
    ['é'.repeat(129), 'maxLength'],
    [null, 'type'],
    [7, 'type'],
  ] as const
  for (const [name, code] of rows) {
    const data = { name, timezone: 'UTC' }
    for (const [method, path] of [
      ['PUT', '/accounts'],
      ['POST', pathOf(child)],
      ['PATCH', pathOf(child)],
    ] as const) {
      const answer = await ask(app, app.root, method, path, { data })
      const expected = method === 'PATCH' && name === null ? 'required' : code
      assert.is(answer.status, 400)
      assert.equal(codes(answer), { name: [expected], timezone: ['minLength'] })
    }
  }
  assert.equal((await ask(app, app.root, 'GET', pathOf(child))).data, child.document)
  const longest = await member(app, app.root, { name: '𝒜'.repeat(128) })
  assert.is(longest.document.name, '𝒜'.repeat(128))
})

test('the root alone is the owner of the system, and its own reseller', async () => {
  const { data } = await ask(app, app.root, 'GET', pathOf(app.root))
  const { superduper_admin: isOwner, is_reseller: isReseller, reseller_id: resellerId } = data
  assert.equal([isOwner, isReseller, resellerId], [true, true, idOf(app.root.sid)])
  const child = await member(app, app.root)
  await ask(app, app.root, 'PUT', pathOf(child, '/reseller'))
  const reseller = await ask(app, app.root, 'GET', pathOf(child))
  assert.equal([reseller.data.superduper_admin, reseller.data.is_reseller], [false, true])
})

test('billing_mode says whose reseller the viewer is', async () => {
  const reseller = await member(app, app.root)
  await ask(app, app.root, 'PUT', pathOf(reseller, '/reseller'))
  const customer = await member(app, reseller)
  const plain = await member(app, app.root)
  const rows = [
    [reseller, customer, 'limits_only'],
    [app.root, customer, 'manual'],
    [customer, customer, 'manual'],
    [app.root, plain, 'limits_only'],
    [plain, plain, 'normal'],
  ] as const
  for (const [viewer, account, mode] of rows) {
    assert.is((await ask(app, viewer, 'GET', pathOf(account))).data.billing_mode, mode)
  }
})

test.run()
