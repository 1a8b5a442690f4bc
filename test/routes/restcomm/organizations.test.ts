import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { newSid } from '../../../lib/ids.ts'
import { base, basic, createAccount, type Reply, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

type OrganizationJson = {
  readonly sid: string
  readonly domain_name: string
  readonly status: string
  readonly date_created: string
  readonly date_updated: string
}

let app: TestApp
let now = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

const unknownSid = 'OR00000000000000000000000000000000'

test('an organization is made by putting its domain name, without a body', async () => {
  const reply = await put('made.example.com')
  assert.is(reply.status, 200)
  assert.is(reply.headers.get('location'), null)
  const { sid, ...shown } = organizationOf(reply)
  assert.match(sid, /^OR[0-9a-f]{32}$/)
  assert.equal(shown, {
    domain_name: 'made.example.com',
    status: 'active',
    date_created: '2026-01-02T03:04:05.678+00:00',
    date_updated: '2026-01-02T03:04:05.678+00:00',
  })
  assert.equal(organizationOf(await get(`/${sid}`)), organizationOf(reply))
})

const longest = `${`${'a'.repeat(60)}.`.repeat(4)}${'b'.repeat(9)}`

for (const [name, stored] of [
  ['label', 'label'],
  ['Mixed.Case.example', 'Mixed.Case.example'],
  ['with-hyphen.example.com', 'with-hyphen.example.com'],
  ['9to5.example.com', '9to5.example.com'],
  ['trailing.example.com.', 'trailing.example.com'],
  [longest, longest],
]) {
  test(`the domain name ${name} is taken`, async () => {
    assert.is(organizationOf(await put(String(name))).domain_name, stored)
  })
}

for (const name of [
  'under_score.example.com',
  'two%20words',
  'nobody@example.com',
  'a..b',
  '.example.com',
  'dots..',
  'm%C3%BCller.example.com',
  'a%2Fb',
  '%3Cb%3E',
  'x'.repeat(256),
  `${longest}b`,
]) {
  test(`the domain name ${name} is refused`, async () => {
    const reply = await put(name)
    assert.is(reply.status, 400)
    assert.match(messageOf(reply), /invalid.*letters, digits and hyphens/)
  })
}

test('a domain name that is taken, in any letter case and with or without its dot, is 409', async () => {
  await put('taken.example.com')
  for (const name of ['taken.example.com', 'TAKEN.Example.com', 'taken.example.com.']) {
    const reply = await put(name)
    assert.is(reply.status, 409)
    assert.is(
      messageOf(reply),
      'This domain name is not available. Please, choose a different name and try again.',
    )
  }
})

test('a put always makes an organization, also at the SID of another', async () => {
  const { sid } = organizationOf(await put('original.example.com'))
  const made = organizationOf(await put(sid))
  assert.is(made.domain_name, sid)
  assert.is.not(made.sid, sid)
  assert.is(organizationOf(await get(`/${sid}`)).domain_name, 'original.example.com')
})

test('a hosted zone and a body of any kind are ignored', async () => {
  assert.is((await put('zone.example.com?HostedZoneId=Z1')).status, 200)
  const authorization = basic(app.root.sid, app.root.token)
  for (const [type, body] of [
    ['application/json', '{"DomainName":"x"}'],
    ['application/x-www-form-urlencoded', 'DomainName=x'],
  ] as const) {
    const name = `${type.length}.example.com`
    const reply = await fetch(`${app.url}${base}/Organizations.json/${name}`, {
      method: 'PUT',
      headers: { Authorization: authorization, 'Content-Type': type },
      body,
    })
    assert.is(reply.status, 200)
    assert.is(JSON.parse(await reply.text()).domain_name, name)
  }
})

test('organizations are made by the root alone, and nobody else learns what is taken', async () => {
  for (const role of ['Administrator', 'Developer', 'User', 'Guest']) {
    const caller = await createAccount(app, app.root, { Role: role })
    const bodies = new Set<string>()
    for (const name of ['free.example.com', 'default.restcomm.com', 'under_score']) {
      const reply = await put(name, caller)
      assert.is(reply.status, 403)
      bodies.add(reply.text)
    }
    assert.is(bodies.size, 1)
  }
  assert.is((await put('free.example.com')).status, 200)
})

test('the root reads any organization, an Administrator its own', async () => {
  const other = organizationOf(await put('reading.example.com')).sid
  const caller = await createAccount(app, app.root)
  const child = await createAccount(app, caller)
  const own = caller.account.organization
  for (const sid of [own, other]) {
    assert.is(organizationOf(await get(`/${sid}`)).sid, sid)
  }
  for (const login of [caller, child]) {
    assert.is(organizationOf(await get(`/${own}`, login)).domain_name, 'default.restcomm.com')
    const foreign = await get(`/${other}`, login)
    const unknown = await get(`/${unknownSid}`, login)
    assert.equal([foreign.status, unknown.status], [403, 403])
    assert.is(foreign.text, unknown.text)
  }
})

test('no other role reads an organization, not even its own', async () => {
  for (const role of ['Developer', 'User', 'Guest']) {
    const caller = await createAccount(app, app.root, { Role: role })
    for (const sid of [caller.account.organization, unknownSid, 'x']) {
      assert.is((await get(`/${sid}`, caller)).status, 403)
    }
  }
})

test('an organization that does not exist is 404 to the root', async () => {
  const reply = await get(`/${unknownSid}`)
  assert.is(reply.status, 404)
  assert.type(messageOf(reply), 'string')
})

test('an organization is read by its SID only: anything else is malformed, to the root and an Administrator', async () => {
  const caller = await createAccount(app, app.root)
  for (const login of [app.root, caller]) {
    for (const id of ['default.restcomm.com', 'x', 'O'.repeat(33), 'O'.repeat(35)]) {
      const reply = await get(`/${id}`, login)
      assert.is(reply.status, 400)
      assert.match(messageOf(reply), /INVALID_SID/)
    }
  }
})

test('the root lists all organizations in the order of creation', async () => {
  now += 1000
  const last = organizationOf(await put('zz-last.example.com'))
  now += 1000
  const newest = organizationOf(await put('aa-newest.example.com'))
  const all: OrganizationJson[] = JSON.parse((await get('')).text)
  assert.ok(all.some(({ domain_name }) => domain_name === 'default.restcomm.com'))
  assert.equal(all.slice(-2), [last, newest])
  for (const word of ['active', 'ACTIVE', 'Active', '']) {
    assert.equal(JSON.parse((await get(`?Status=${word}`)).text), all)
  }
})

test('a long list of organizations is whole and in order', async () => {
  const own = await startApp({ now: () => now })
  const sids: string[] = []
  for (let index = 0; index < 501; index += 1) {
    const sid = newSid('OR')
    const moments = { createdAt: now + (index % 2), updatedAt: now }
    const domainName = `${index}.example.com`
    await own.store.insertOrganization(
      { sid, domainName, status: 'active', ...moments },
      { at: now, action: 'organization.create', targetSid: sid, changes: {} },
    )
    sids.push(`${moments.createdAt} ${sid}`)
  }
  const listed: OrganizationJson[] = JSON.parse(
    (await send(own, own.root, 'GET', '/Organizations.json')).text,
  )
  const expected = sids.sort().map((key) => key.split(' ')[1])
  assert.equal(
    listed.map(({ sid }) => sid).filter((sid) => expected.includes(sid)),
    expected,
  )
  assert.is(listed.length, 502)
  await own.stop()
})

test('a list without organizations is 404', async () => {
  for (const word of ['closed', 'CLOSED']) {
    for (const [suffix, form] of [
      ['', /^<RestcommResponse><Message>[^<]+<\/Message><\/RestcommResponse>$/],
      ['.json', /^\{"message":"[^"]+"\}$/],
    ] as const) {
      const path = `/Organizations${suffix}?Status=${word}`
      const reply = await send(app, app.root, 'GET', path)
      assert.is(reply.status, 404)
      assert.match(reply.text, form)
    }
  }
})

test('a status that organizations do not have is 400', async () => {
  for (const word of ['suspended', 'x', '%20active']) {
    const reply = await get(`?Status=${word}`)
    assert.is(reply.status, 400)
    assert.match(messageOf(reply), /not a valid organization status/)
  }
})

test('the filter of a list is in the query, so a parameter that is none changes nothing', async () => {
  assert.is((await get('?Whatever=x&DomainName=y')).text, (await get('')).text)
  assert.is((await get('?status=closed')).status, 400)
  assert.is((await get('?Status=active&Status=closed')).status, 400)
})

test('the list is for the root alone, whatever is asked of it', async () => {
  for (const role of ['Administrator', 'Developer', 'User', 'Guest']) {
    const caller = await createAccount(app, app.root, { Role: role })
    for (const query of ['', '?Status=active', '?Status=x']) {
      assert.is((await get(query, caller)).status, 403)
    }
  }
})

function put(name: string, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'PUT', `/Organizations.json/${name}`)
}

/** `rest` is what stands behind the collection: nothing, a query, or the SID of one. */
function get(rest: string, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'GET', `/Organizations.json${rest}`)
}

function organizationOf({ text }: Reply): OrganizationJson {
  return JSON.parse(text)
}

function messageOf({ text }: Reply): string {
  return JSON.parse(text).message
}

test.run()
