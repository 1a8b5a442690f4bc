import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Holder, holder, knock, stored } from '../support/attacks.ts'
import { type Document, idOf } from '../support/crossbar.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// Everything that is kept of an account is sent along with a change that is allowed.

let app: TestApp
let owner: Holder
test.before(async () => {
  app = await startApp()
  owner = await holder(app)
})
test.after(() => app.stop())

/** The columns of an account that no body may write, as they stand after a change that is allowed. */
function kept(sid: string) {
  const [row = {}] = stored(app, [sid]).accounts ?? []
  const { friendly_name: _name, folded_name: _folded, named_at: _named, ...others } = row
  const { updated_at: _at, revision: _revision, ...rest } = others
  return rest
}

const zeros = '0'.repeat(32)

function formOf(name: string): Readonly<Record<string, string>> {
  const { accounts: [row = {}] = [] } = stored(app, [owner.child.sid])
  const columns = Object.keys(row).filter(
    (column) => !['friendly_name', 'status', 'role'].includes(column),
  )
  return {
    ...Object.fromEntries(columns.map((column) => [column, '1'])),
    ...{ FriendlyName: name, Sid: `AC${zeros}`, AuthToken: zeros, auth_token: zeros },
    ...{ EmailAddress: 'other@example.com', email_address: 'other@example.com', Type: 'Trial' },
    ...{ DateCreated: '2001-01-01', DateUpdated: '2001-01-01', Uri: '/x', OwnerAccountSid: zeros },
    ...{ ParentSid: `AC${zeros}`, OrganizationSid: `OR${zeros}`, organization: `OR${zeros}` },
  }
}

for (const [method, base] of [
  ['PUT', '/2012-04-24'],
  ['POST', '/2012-04-24'],
  ['POST', '/2010-04-01'],
] as const) {
  test(`a form by ${method} below ${base} writes nothing but what the route is for`, async () => {
    const before = kept(owner.child.sid)
    const path = `${base}/Accounts/${owner.child.sid}.json`
    const answer = await knock(app, owner, method, path, { form: formOf('by form') })
    assert.is(answer.status, 200, answer.text)
    assert.equal(kept(owner.child.sid), before)
    assert.is(stored(app, [owner.child.sid]).accounts?.[0]?.friendly_name, 'by form')
  })
}

const privateKeys: Document = {
  ...{
    id: zeros,
    _id: zeros,
    _rev: '9-x',
    pvt_account_id: zeros,
    pvt_tree: [],
    pvt_enabled: false,
  },
  ...{ pvt_api_key: zeros, pvt_superduper_admin: true, superduper_admin: true, pvt_reseller: true },
  ...{ is_reseller: true, reseller_id: zeros, descendants_count: 99, billing_mode: 'none' },
  ...{ wnm_allow_additions: true, pvt_wnm_allow_additions: true, created: 1, api_key: zeros },
  ...{ role: 'Administrator', parent_id: zeros, notification_preference: 'none', tree: [zeros] },
}

for (const method of ['POST', 'PATCH']) {
  test(`a document by ${method} carries nothing of what is not the client's`, async () => {
    const { document: _, ...before } = kept(owner.child.sid)
    const path = `/v2/accounts/${idOf(owner.child.sid)}`
    const answer = await knock(app, owner, method, path, {
      data: { name: `by ${method}`, ...privateKeys },
    })
    assert.is(answer.status, 200, answer.text)
    const { document, ...after } = kept(owner.child.sid)
    assert.equal(after, before)
    assert.not.match(String(document), /pvt_|superduper|is_reseller|reseller_id|wnm_|"_id"|"_rev"/)
    const { data } = JSON.parse(answer.text)
    const { id, is_reseller, superduper_admin, wnm_allow_additions, descendants_count } = data
    assert.is(id, idOf(owner.child.sid))
    assert.not.ok(is_reseller || superduper_admin || wnm_allow_additions)
    assert.is.not(descendants_count, 99)
    assert.not.match(answer.text, 'pvt_')
  })
}

test('what is born with private keys and foreign columns is born as everything else', async () => {
  const crossbar = await knock(app, owner, 'PUT', `/v2/accounts/${idOf(owner.sid)}`, {
    data: { name: 'born', ...privateKeys },
  })
  assert.is(crossbar.status, 201, crossbar.text)
  const { Sid: _sid, EmailAddress: _email, OrganizationSid: _org, ...form } = formOf('born')
  const twilio = await knock(app, owner, 'POST', '/2010-04-01/Accounts.json', { form })
  assert.is(twilio.status, 201, twilio.text)
  const restcomm = await knock(app, owner, 'POST', '/2012-04-24/Accounts.json', {
    form: { ...form, EmailAddress: 'born@example.com', Password: 'correct horse' },
  })
  assert.is(restcomm.status, 200, restcomm.text)
  const sids = [
    `AC${JSON.parse(crossbar.text).data.id}`,
    JSON.parse(twilio.text).sid,
    JSON.parse(restcomm.text).sid,
  ]
  const born = stored(app, sids).accounts ?? []
  assert.is(born.length, 3)
  for (const row of born) {
    assert.is(row.parent_sid, owner.sid)
    assert.is(row.type, 'Full')
    assert.equal([row.is_reseller, row.descendants_count, row.revision], [0, 0, 1])
    assert.is.not(row.sid, `AC${zeros}`)
    assert.ok(Number(row.created_at) > Date.UTC(2026))
  }
})

test('a key is changed in its name alone, and none is made for another account', async () => {
  const form = {
    ...{ FriendlyName: 'renamed', Scope: 'admin', Reach: 'branch', Secret: zeros },
    ...{ AccountSid: app.root.sid, ExpiresAt: '2099-01-01T00:00:00Z', Sid: `SK${zeros}` },
  }
  const keys = `/2010-04-01/Accounts/${owner.sid}/Keys`
  const narrow = { FriendlyName: 'narrow', Scope: 'read', Reach: 'self' }
  const made = JSON.parse((await knock(app, owner, 'POST', `${keys}.json`, { form: narrow })).text)
  const rowOf = () => stored(app, [owner.sid]).api_keys?.find(({ sid }) => sid === made.sid)
  const { friendly_name: _name, updated_at: _at, ...before } = rowOf() ?? {}
  const answer = await knock(app, owner, 'POST', `${keys}/${made.sid}.json`, { form })
  assert.is(answer.status, 200)
  const { friendly_name: name, updated_at: _now, ...after } = rowOf() ?? {}
  assert.equal([name, after], ['renamed', before])
  const other = await knock(app, owner, 'POST', `${keys}.json`, { form })
  const { sid, secret } = JSON.parse(other.text)
  assert.ok(sid !== form.Sid && secret !== zeros)
  const row = stored(app).api_keys?.find((each) => each.sid === sid)
  assert.is(row?.account_sid, owner.sid)
})

test.run()
