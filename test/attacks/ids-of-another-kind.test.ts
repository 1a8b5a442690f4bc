import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, type Holder, holder, knock } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'

// An id is right and stands where one of another kind belongs (security.md Z5).

let app: TestApp
let owner: Holder
let organization: string
test.before(async () => {
  app = await startApp()
  owner = await holder(app)
  const { text } = await knock(app, owner, 'GET', `/2012-04-24/Accounts.json/${owner.sid}`)
  organization = JSON.parse(text).organization
})
test.after(() => app.stop())

async function assertMissing(who: Login, paths: readonly string[], statuses: readonly number[]) {
  await assertNothingDone(app, async () => {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        const isJson = path.startsWith('/v2')
        const given = isJson
          ? { data: { name: 'x', numbers: ['+1'] } }
          : { form: { FriendlyName: 'x' } }
        const body = method === 'GET' || method === 'DELETE' ? {} : given
        const { status, text } = await knock(app, who, method, path, body)
        assert.ok(statuses.includes(status), `${method} ${path}: ${status} ${text}`)
      }
    }
  })
}

test('the id of an account is no callflow, and its deletion deletes no account', () => {
  const ids = [owner.sid, owner.child.sid, owner.key.sid, organization].flatMap((sid) => [
    sid,
    idOf(sid),
  ])
  const paths = ids.map((id) => `/v2/accounts/${idOf(owner.sid)}/callflows/${id}`)
  return assertMissing(owner, paths, [404, 405])
})

test('the id of a callflow, a key or an organization is no account, to its owner and to the root', async () => {
  const ids = [owner.callflow, idOf(owner.key.sid), idOf(organization), owner.sid, owner.name]
  const paths = ids.map((id) => `/v2/accounts/${encodeURIComponent(id)}`)
  await assertMissing(owner, paths, [403])
  await assertMissing(app.root, paths, [404])
})

test('the SID of a key, an organization or a callflow is no account in the other dialects', async () => {
  const ids = [owner.key.sid, organization, owner.callflow, `AC${owner.callflow}`, idOf(owner.sid)]
  const restcomm = ids.map((id) => `/2012-04-24/Accounts/${id}`)
  const twilio = ids.map((id) => `/2010-04-01/Accounts/${id}.json`)
  const moved = ids.map((id) => `/2012-04-24/Accounts/migrate/${id}`)
  await assertMissing(owner, [...restcomm, ...moved], [403, 404, 405])
  await assertMissing(owner, twilio, [404, 405])
  await assertMissing(app.root, [...restcomm, ...twilio, ...moved], [400, 404, 405, 412])
})

test('an account, organization or callflow is no key, and a key of a child is none of its parent', async () => {
  const ids = [owner.sid, owner.child.sid, organization, owner.callflow, `SK${idOf(owner.sid)}`]
  const paths = ['Keys', 'SigningKeys'].flatMap((keys) =>
    ids.map((id) => `/2010-04-01/Accounts/${owner.sid}/${keys}/${id}.json`),
  )
  await assertMissing(owner, paths, [404, 405])
  const below = `/2010-04-01/Accounts/${owner.child.sid}/Keys/${owner.key.sid}.json`
  await assertMissing(owner, [below], [404, 405])
})

test('an account is no organization', () =>
  assertNothingDone(app, async () => {
    for (const who of [owner, app.root]) {
      for (const id of [owner.sid, owner.key.sid, idOf(organization)]) {
        const path = `/2012-04-24/Organizations/${id}`
        const { status } = await knock(app, who, 'GET', path)
        assert.ok([400, 403, 404].includes(status), path)
        const filter = `/2012-04-24/Accounts.json?OrganizationSid=${id}`
        const { text } = await knock(app, who, 'GET', filter)
        assert.not.match(text, owner.email)
      }
    }
  }))

test('no id of one kind logs in with the secret of another', async () => {
  const names = [
    owner.sid,
    owner.email,
    owner.key.sid,
    owner.callflow,
    organization,
    idOf(owner.sid),
  ]
  const secrets = [
    ...[owner.token, owner.key.token, owner.sid, owner.key.sid, owner.callflow, organization],
    owner.child.token,
  ]
  const fitting = new Set([
    `${owner.sid} ${owner.token}`,
    `${owner.email} ${owner.token}`,
    `${owner.key.sid} ${owner.key.token}`,
  ])
  for (const name of names) {
    for (const secret of secrets) {
      const isRight = fitting.has(`${name} ${secret}`)
      const inCrossbar = isRight || (name === idOf(owner.sid) && secret === owner.token)
      const Authorization = basic(name, secret)
      for (const [path, isLetIn] of [
        [`/2012-04-24/Accounts/${owner.sid}`, isRight],
        [`/2010-04-01/Accounts/${owner.sid}.json`, isRight],
        [`/v2/accounts/${idOf(owner.sid)}`, inCrossbar],
      ] as const) {
        const { status } = await knock(app, undefined, 'GET', path, { headers: { Authorization } })
        assert.is(status, isLetIn ? 200 : 401, `${path} by ${name}`)
      }
    }
  }
  for (const key of [owner.key.token, owner.sid, owner.callflow]) {
    const { status } = await knock(app, undefined, 'PUT', '/v2/api_auth', {
      data: { api_key: key },
    })
    assert.is(status, 401)
    const headers = { 'X-Auth-Token': key }
    const path = `/v2/accounts/${idOf(owner.sid)}`
    assert.is((await knock(app, undefined, 'GET', path, { headers })).status, 401)
  }
  const headers = { 'X-Auth-Token': owner.token }
  assert.is((await knock(app, undefined, 'GET', '/v2/token_auth', { headers })).status, 401)
})

test.run()
