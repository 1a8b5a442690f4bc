import { once } from 'node:events'
import { request } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { storedToken } from '../../../lib/credentials.ts'
import { newAuthToken, newRealm, newSid } from '../../../lib/ids.ts'
import { createSecrets } from '../../../lib/secrets.ts'
import {
  type AccountJson,
  base,
  basic,
  createAccount,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
let now = Date.UTC(2026, 0, 2)
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

test('the list holds the direct children in every status, and neither the caller nor grandchildren', async () => {
  const caller = await createAccount(app, app.root)
  const children: AccountJson[] = []
  for (const Status of ['active', 'suspended', 'inactive', 'uninitialized', 'closed']) {
    now += 1
    const child = await createAccount(app, caller, { Status })
    children.push(child.account)
    if (Status === 'active') {
      await createAccount(app, child)
    }
  }
  assert.equal(await list('', caller), children)
})

test('accounts stand in the order of creation, and those of one moment in that of their SIDs', async () => {
  const caller = await createAccount(app, app.root)
  const sids: string[][] = []
  for (let moment = 0; moment < 3; moment += 1) {
    now += 1
    const made = await Promise.all([1, 2, 3, 4].map(() => createAccount(app, caller)))
    sids.push(made.map(({ sid }) => sid).sort())
  }
  assert.equal(await sidsOf('', caller), sids.flat())
})

test('there is no paging of any kind', async () => {
  const caller = await createAccount(app, app.root)
  await createAccount(app, caller)
  await createAccount(app, caller)
  const plain = await send(app, caller, 'GET', '/Accounts')
  assert.is(/[pP]age|start=|total/.test(plain.text), false)
  const query = '?Page=1&PageSize=1&page=2&start=5&limit=1&Status=closed'
  assert.is((await send(app, caller, 'GET', `/Accounts${query}`)).text, plain.text)
})

test('the root lists an organization at every level, by SID or by domain name', async () => {
  const { sid, organization, accounts } = await makeOrganization('Listing.example.com')
  const beside = await createAccount(app, app.root)
  for (const query of [
    `?OrganizationSid=${sid}`,
    '?DomainName=Listing.example.com',
    '?DomainName=LISTING.EXAMPLE.COM',
    '?DomainName=listing.example.com.',
    `?OrganizationSid=${sid}&DomainName=default.restcomm.com`,
    `?OrganizationSid=&DomainName=listing.example.com`,
  ]) {
    const found = await list(query)
    assert.equal(
      found.map((account) => account.sid),
      accounts,
      query,
    )
    assert.ok(found.every((account) => account.organization === organization))
  }
  const own = await sidsOf('?DomainName=default.restcomm.com')
  assert.ok(own.includes(app.root.sid))
  assert.ok(own.includes(beside.sid))
  assert.is(own.filter((found) => accounts.includes(found)).length, 0)
})

test('the same in XML', async () => {
  const { sid, accounts } = await makeOrganization('xml.example.com')
  const reply = await send(app, app.root, 'GET', `/Accounts?OrganizationSid=${sid}`)
  assert.equal(xmlSids(reply.text), accounts)
})

test('an organization SID that nobody has gives an empty list, a domain name 404', async () => {
  assert.equal(await list(`?OrganizationSid=${'O'.repeat(34)}`), [])
  const reply = await get('?DomainName=nobody.example.com')
  assert.is(reply.status, 404)
  assert.match(reply.text, /^\{"message":"[^"]+"\}$/)
})

test('a malformed organization SID is 400 and named', async () => {
  for (const sid of ['x', 'O'.repeat(33), 'O'.repeat(35), `${'O'.repeat(33)}-`]) {
    const reply = await get(`?OrganizationSid=${sid}`)
    assert.is(reply.status, 400)
    assert.is(JSON.parse(reply.text).message, `${sid} is an INVALID_SID sid value.`)
  }
})

test('filters are for the root alone, whatever they hold; blank ones are ignored', async () => {
  const caller = await createAccount(app, app.root)
  const child = await createAccount(app, caller)
  for (const query of [
    `?OrganizationSid=${caller.account.organization}`,
    '?OrganizationSid=x',
    '?DomainName=default.restcomm.com',
    '?DomainName=nobody.example.com',
  ]) {
    assert.is((await get(query, caller)).status, 403, query)
  }
  for (const query of ['?OrganizationSid=', '?DomainName=', '?OrganizationSid=&DomainName=']) {
    assert.equal(await sidsOf(query, caller), [child.sid])
    assert.equal(await list(query), await list(''))
  }
})

test('a filter given twice or in another letter case is refused and not passed over', async () => {
  for (const query of [
    '?DomainName=default.restcomm.com&DomainName=other.example.com',
    '?OrganizationSid[]=x',
    '?domainname=default.restcomm.com',
    '?organizationSid=x',
    '?DomainName=%zz',
  ]) {
    const reply = await get(query)
    assert.is(reply.status, 400, query)
    assert.match(JSON.parse(reply.text).message, /DomainName|OrganizationSid/i)
  }
})

test('only who may operate on the children sees their tokens', async () => {
  const caller = await createAccount(app, app.root)
  const child = await createAccount(app, caller)
  assert.equal(
    (await list('', caller)).map(({ auth_token }) => auth_token),
    [child.token],
  )
  for (const role of ['Developer', 'User']) {
    await send(app, app.root, 'PUT', `/Accounts/${caller.sid}`, { Role: role })
    for (const media of ['', '.json']) {
      const reply = await send(app, caller, 'GET', `/Accounts${media}`)
      assert.is(reply.status, 200)
      assert.match(reply.text, child.sid)
      assert.is(/AuthToken|auth_token/.test(reply.text), false, role)
      assert.is(reply.text.includes(child.token), false)
    }
  }
})

test('a User does not see its own token, and a Developer does', async () => {
  for (const role of ['Developer', 'User']) {
    const caller = await createAccount(app, app.root, { Role: role })
    const login = { ...caller, token: 'correct horse' }
    const reply = await send(app, login, 'GET', `/Accounts.json/${caller.sid}`)
    assert.is('auth_token' in JSON.parse(reply.text), role === 'Developer')
  }
})

test('a Guest lists nothing', async () => {
  const guest = await createAccount(app, app.root, { Role: 'Guest' })
  assert.is((await get('', guest)).status, 403)
})

for (const count of [500, 501, 1001]) {
  test(`a list of ${count} accounts is whole and in order, in both forms`, async () => {
    const caller = await createAccount(app, app.root)
    const sids = await insertChildren(caller, count)
    const json = await get('', caller)
    const parsed: AccountJson[] = JSON.parse(json.text)
    assert.equal(
      parsed.map(({ sid }) => sid),
      sids,
    )
    assert.is(JSON.stringify(parsed, null, 2), json.text)
    const xml = await send(app, caller, 'GET', '/Accounts')
    assert.equal(xmlSids(xml.text), sids)
    assert.is(xml.headers.get('content-type'), 'application/xml')
    // A list of several pages goes out in pieces as it is read, so its length is not known before.
    const isStreamed = count > 500
    assert.is(xml.headers.get('content-length') === null, isStreamed)
    assert.is(json.headers.get('transfer-encoding') === 'chunked', isStreamed)
    const head = await send(app, caller, 'HEAD', '/Accounts')
    assert.equal([head.status, head.text], [200, ''])
    await breakOff(caller)
    assert.is((await get('', caller)).text, json.text)
  })
}

/** Puts accounts into the store directly, of three moments in turn; gives their SIDs as listed. */
async function insertChildren(parent: Login, count: number): Promise<string[]> {
  const [place] = await app.store.findAccounts([{ sid: parent.sid }])
  assert.ok(place)
  const secrets = createSecrets(app.sealingKey)
  const made: { sid: string; createdAt: number }[] = []
  for (let index = 0; index < count; index += 1) {
    const [sid, token] = [newSid('AC'), newAuthToken()]
    const createdAt = now + (index % 3)
    const { outcome } = await app.store.insertAccount(
      {
        sid,
        parentSid: parent.sid,
        organizationSid: place.organizationSid,
        friendlyName: `child <${index}>`,
        email: `${sid}@example.com`,
        status: 'active',
        role: 'Developer',
        type: 'Full',
        realm: newRealm(newSid('AC').toLowerCase()),
        createdAt,
        token: storedToken({ secrets }, sid, token),
        passwordHash: undefined,
        loginHash: undefined,
        document: {},
      },
      place.lineage,
      { at: now, action: 'account.create', targetSid: sid, changes: {} },
    )
    assert.is(outcome, 'inserted')
    // Lets the idle connections end in time; the next request would else be sent on a dead one.
    await nextTurn()
    made.push({ sid, createdAt })
  }
  made.sort((one, other) => one.createdAt - other.createdAt || (one.sid < other.sid ? -1 : 1))
  return made.map(({ sid }) => sid)
}

/** A client that hangs up behind the first bytes of its answer. */
async function breakOff(login: Login): Promise<void> {
  const headers = { Authorization: basic(login.sid, login.token) }
  const sent = request(`${app.url}${base}/Accounts.json`, { headers }).end()
  const [response] = await once(sent, 'response')
  await once(response, 'data')
  response.destroy()
}

/** An organization with accounts at two levels; gives their SIDs as listed. */
async function makeOrganization(domainName: string) {
  const reply = await send(app, app.root, 'PUT', `/Organizations.json/${domainName}`)
  const { sid }: { sid: string } = JSON.parse(reply.text)
  now += 1
  const parent = await createAccount(app, app.root, { OrganizationSid: sid })
  now += 1
  const child = await createAccount(app, parent, { Status: 'closed' })
  return { sid, organization: sid, accounts: [parent.sid, child.sid] }
}

function get(query: string, login: Login = app.root): Promise<Reply> {
  return send(app, login, 'GET', `/Accounts.json${query}`)
}

async function list(query: string, login?: Login): Promise<AccountJson[]> {
  const reply = await get(query, login)
  assert.is(reply.status, 200, reply.text)
  return JSON.parse(reply.text)
}

async function sidsOf(query: string, login?: Login): Promise<string[]> {
  return (await list(query, login)).map(({ sid }) => sid)
}

/** The texts of all `Sid` elements, read by saxes, which throws where the document is malformed. */
function xmlSids(xml: string): string[] {
  const parser = new SaxesParser()
  const sids: string[] = []
  let open = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => {
    open = name
  })
  parser.on('text', (text) => {
    if (open === 'Sid' && text.trim() !== '') {
      sids.push(text)
    }
  })
  parser.write(xml).close()
  return sids
}

test.run()
