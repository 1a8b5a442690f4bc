import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { auditActions } from '../../../lib/audit.ts'
import {
  type AuditRow,
  asKazooShows,
  askAudit,
  auditOf,
  auditPageOf,
  kazooAuditOf,
} from '../../support/audit.ts'
import { ask, codes, idOf, member, pathOf } from '../../support/crossbar.ts'
import { basic, createAccount, type Parameters, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'
import { createKey } from '../../support/twilio.ts'

const begin = Date.UTC(2026, 0, 2, 3, 4, 5)
const gregorian = begin / 1000 + 62_167_219_200

let app: TestApp
let now = begin
let account: Login
let key: Login
/** Of the account; each change a second behind the one before. */
let names: readonly string[]
test.before(async () => {
  app = await startApp({ now: () => now })
  account = await createAccount(app, app.root, { FriendlyName: 'name 0' })
  key = await createKey(app, account)
  names = Array.from({ length: 9 }, (_, index) => `name ${index + 1}`)
  for (const FriendlyName of names) {
    now += 1000
    const by = FriendlyName === 'name 5' ? key : app.root
    await send(app, by, 'PUT', `/Accounts/${account.sid}`, { FriendlyName })
  }
})
test.after(() => app.stop())

const newestFirst = () => names.toReversed()
const nameIn = ({ changes }: AuditRow) => changes.friendlyName?.to ?? ''

async function namesFor(query: Parameters): Promise<readonly string[]> {
  return (await auditOf(app, app.root, account, query)).map(nameIn)
}

async function kazooNamesFor(query: Parameters): Promise<readonly string[]> {
  const rows = await kazooAuditOf(app, app.root, account, query)
  return rows.map(({ changes }) => String(Object(Object(changes).friendlyName).to))
}

test('an action, an actor and a target choose among the rows', async () => {
  const changes = { Action: 'account.change' }
  assert.equal(await namesFor(changes), newestFirst())
  assert.equal(await namesFor({ ...changes, Actor: key.sid }), ['name 5'])
  assert.equal(await namesFor({ ...changes, Actor: account.sid }), ['name 5'])
  assert.is((await namesFor({ ...changes, Actor: app.root.sid })).length, 8)
  assert.equal(await namesFor({ Actor: `AC${'0'.repeat(32)}` }), [])
  const [made, ...more] = await auditOf(app, app.root, account, { Target: key.sid })
  assert.equal([made?.action, more.length], ['apiKey.create', 0])
  assert.equal(await namesFor({ Target: key.sid, Action: 'account.change' }), [])
})

test('the same filters hold in the words of Kazoo', async () => {
  const changes = { filter_action: 'account.change' }
  assert.equal(await kazooNamesFor(changes), newestFirst())
  assert.equal(await kazooNamesFor({ ...changes, filter_actor: idOf(account.sid) }), ['name 5'])
  assert.equal(await kazooNamesFor({ filter_actor_key: key.sid }), ['name 5'])
  const [made, ...more] = await kazooAuditOf(app, app.root, account, { filter_target: key.sid })
  assert.equal([made?.action, made?.target_type, more.length], ['apiKey.create', 'api_key', 0])
})

test('a filter on what no row has finds nothing, whatever it is called', async () => {
  for (const name of ['filter_favourite', 'filter___proto__', 'filter_constructor']) {
    assert.equal(await kazooNamesFor({ [name]: 'x' }), [], name)
    assert.equal(
      await kazooNamesFor({ [name.replace('_', '_not_')]: 'x' }),
      await kazooNamesFor({}),
      name,
    )
  }
})

test('a time from which and one to which include both, in any zone', async () => {
  const StartTime = '2026-01-02T03:04:08Z'
  const between = { Action: 'account.change', StartTime, EndTime: '2026-01-02T05:04:10+02:00' }
  assert.equal(await namesFor(between), ['name 5', 'name 4', 'name 3'])
  assert.equal(await namesFor({ StartTime: '2026-01-03' }), [])
  assert.equal(await namesFor({ EndTime: '2026-01-02' }), [])
  const range = { created_from: String(gregorian + 3), created_to: String(gregorian + 5) }
  assert.equal(await kazooNamesFor(range), ['name 5', 'name 4', 'name 3'])
})

test('pages of any size hold each row once, and the links keep the filters', async () => {
  const Action = 'account.change'
  for (const size of ['1', '2', '9', '10', '99999999']) {
    assert.equal(await namesFor({ Action, PageSize: size }), newestFirst(), size)
    const kazoo = { filter_action: Action, page_size: size }
    assert.equal(await kazooNamesFor(kazoo), newestFirst(), size)
  }
  const page = auditPageOf(await askAudit(app, account, account, { Action, PageSize: '9' }))
  assert.equal([page.page_size, page.next_page_uri], [9, undefined])
  const first = auditPageOf(await askAudit(app, account, account, { Action, PageSize: '4' }))
  const link = new URL(String(first.next_page_uri), app.url)
  assert.is(link.pathname, `/2012-04-24/Accounts.json/${account.sid}/Audit`)
  assert.equal([link.searchParams.get('Action'), link.searchParams.get('PageSize')], [Action, '4'])
})

test('rows that come while someone turns the pages move none of them', async () => {
  const own = await createAccount(app, app.root)
  const change = (FriendlyName: string) =>
    send(app, app.root, 'PUT', `/Accounts/${own.sid}`, { FriendlyName })
  for (const name of ['1', '2', '3']) {
    await change(name)
  }
  const seen: string[] = []
  let query: Parameters = { PageSize: '1' }
  for (;;) {
    const page = auditPageOf(await askAudit(app, app.root, own, query))
    seen.push(...page.audit_entries.map(nameIn))
    if (page.next_page_uri === undefined) {
      break
    }
    await change(`new ${seen.length}`)
    query = Object.fromEntries(new URL(page.next_page_uri, app.url).searchParams)
  }
  assert.equal(seen, ['3', '2', '1', own.email])
})

test('Kazoo always gets pages, whatever it asks for', async () => {
  const answer = await ask(app, app.root, 'GET', pathOf(account, '/audit?paginate=false'))
  assert.is(answer.body.page_size, answer.list.length)
  const keys = ['page_size', 'start_key', 'data', 'revision', 'timestamp', 'version']
  assert.equal(Object.keys(answer.body), [...keys, 'request_id', 'status'])
})

test('a parameter that is none is refused by its name', async () => {
  const refused: readonly Parameters[] = [
    { StartTime: 'yesterday' },
    { EndTime: '2026-02-30' },
    { PageSize: '0' },
    { PageSize: 'x' },
    { PageToken: 'AU1' },
    { action: 'account.change' },
  ]
  for (const query of refused) {
    const reply = await askAudit(app, app.root, account, query)
    assert.is(reply.status, 400, JSON.stringify(query))
    assert.match(reply.text, String(Object.keys(query)[0]))
  }
  for (const [query, name] of [
    ['page_size=0', 'page_size'],
    ['created_from=x', 'created_from'],
    ['start_key=x', 'start_key'],
  ] as const) {
    const answer = await ask(app, app.root, 'GET', pathOf(account, `/audit?${query}`))
    assert.is(answer.status, 400, query)
    assert.equal(Object.keys(codes(answer)), [name])
  }
  assert.is((await namesFor({ StartTime: '', Action: '', PageSize: '' })).length, 11)
})

test('what no row can have is refused by its parameter, and not answered with an empty list', async () => {
  for (const [query, wanted] of [
    [{ Action: 'account.chnage' }, 'one of account.create, account.change, '],
    [{ Action: 'ACCOUNT.CHANGE' }, 'one of account.create, account.change, '],
    [{ Actor: 'kim@example.com' }, 'the SID of an account or an API key'],
    [{ Actor: idOf(account.sid) }, 'the SID of an account or an API key'],
    [{ Target: `XX${idOf(account.sid)}` }, 'the SID of an account, API key, callflow, '],
  ] as const) {
    const [[name, value] = []] = Object.entries(query)
    const reply = await askAudit(app, app.root, account, query)
    assert.is(reply.status, 400, JSON.stringify(query))
    const { message } = Object(reply.json())
    assert.ok(message.startsWith(`Parameter ${name} ${value} is invalid: ${wanted}`), message)
  }
  for (const [filter, value, code] of [
    ['filter_action', 'account.chnage', 'enum'],
    ['filter_not_action', 'account.chnage', 'enum'],
    ['filter_target_type', 'phone', 'enum'],
    ['filter_actor', app.root.sid, 'pattern'],
    ['filter_actor_key', idOf(key.sid), 'pattern'],
    ['filter_target', 'kim', 'pattern'],
    ['modified_from', '1', 'invalid'],
  ] as const) {
    const path = pathOf(account, `/audit?${filter}=${value}&filter_action=account.close`)
    const answer = await ask(app, app.root, 'GET', path)
    assert.is(answer.status, 400, filter)
    assert.equal(codes(answer), { [filter]: [code] })
  }
  const both = pathOf(account, '/audit?filter_action=x&filter_target=y')
  assert.equal(codes(await ask(app, app.root, 'GET', both)), {
    filter_action: ['enum'],
    filter_target: ['pattern'],
  })
})

test('every action and every kind of target can be asked for', async () => {
  const actions = new Set((await auditOf(app, app.root, app.root)).map(({ action }) => action))
  assert.ok(actions.has('installation.create'))
  for (const Action of auditActions) {
    assert.is((await askAudit(app, app.root, account, { Action })).status, 200, Action)
    await kazooAuditOf(app, app.root, account, { filter_action: Action })
  }
  for (const kind of ['AC', 'SK', 'CF', 'OR', 'WH']) {
    const Target = kind + idOf(account.sid)
    assert.is((await askAudit(app, app.root, account, { Target })).status, 200, Target)
  }
})

test('what happened to a webhook is told by its kind', async () => {
  const form = { Url: 'https://example.com/', Enabled: 'false' }
  const made = await send(app, account, 'POST', `/Accounts.json/${account.sid}/Webhooks`, form)
  const { sid } = Object(made.json())
  const [row, ...more] = await auditOf(app, app.root, account, { Target: sid })
  assert.equal([row?.action, more.length], ['webhook.create', 0])
  const query = { filter_target_type: 'webhook' }
  assert.equal(await kazooAuditOf(app, app.root, account, query), row && [asKazooShows(row)])
})

test('XML holds the same rows, escaped', async () => {
  const own = await member(app, app.root)
  const data = { note: '<&👍>', lines: 'a\nb' }
  assert.is((await ask(app, app.root, 'PATCH', pathOf(own), { data })).status, 200)
  const path = `/Accounts/${own.sid}/Audit?PageSize=1`
  const { text, headers } = await send(app, app.root, 'GET', path)
  assert.is(headers.get('content-type'), 'application/xml')
  const [row] = await auditOf(app, app.root, own)
  assert.ok(row)
  const lines = [
    '<RestcommResponse>\n  <Audit>\n    <PageSize>1</PageSize>',
    `<Uri>/2012-04-24/Accounts/${own.sid}/Audit?PageSize=1</Uri>`,
    `<NextPageUri>/2012-04-24/Accounts/${own.sid}/Audit?PageSize=1&amp;PageToken=${row.sid}</NextPageUri>`,
    `<AuditEntry>\n      <Sid>${row.sid}</Sid>\n      <AccountSid>${own.sid}</AccountSid>`,
    `<Action>account.change</Action>\n      <TargetSid>${own.sid}</TargetSid>`,
    `<ActorSid>${app.root.sid}</ActorSid>\n      <RequestId>${row.request_id}</RequestId>`,
    '<Address>127.0.0.1</Address>\n      <Dialect>crossbar</Dialect>\n      <Changes>\n        <Change>',
    '<Field>document</Field>\n          <From>{&quot;timezone&quot;:',
    ',&quot;note&quot;:&quot;&lt;&amp;👍&gt;&quot;,&quot;lines&quot;:&quot;a\\nb&quot;}</To>',
  ]
  for (const line of lines) {
    assert.ok(text.includes(line), `${line}\n${text}`)
  }
})

test('both mounts and every place of .json answer alike', async () => {
  const at = [
    `/2012-04-24/Accounts/${account.sid}/Audit.json`,
    `/2012-04-24/Accounts.json/${account.sid}/Audit`,
    `/restcomm/2012-04-24/Accounts.json/${account.sid}/Audit/`,
    `/2012-04-24/Accounts.json/${encodeURIComponent(account.email)}/Audit`,
  ]
  const headers = { Authorization: basic(account.sid, account.token) }
  const replies = await Promise.all(at.map((path) => fetch(app.url + path, { headers })))
  const texts = await Promise.all(replies.map((reply) => reply.text()))
  assert.equal(new Set(texts).size, 1)
  assert.match(String(texts[0]), '"audit_entries"')
})

test.run()
