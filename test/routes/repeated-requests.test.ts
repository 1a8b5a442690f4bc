import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Document, idOf, member } from '../support/crossbar.ts'
import { recordedOf } from '../support/recorded.ts'
import { basic, freshEmail } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { createKey, createSubaccount, type Parameters } from '../support/twilio.ts'
import { usedSecret } from '../support/used-secrets.ts'
import { type Receiver, startSilentReceiver, toReceivers } from '../support/webhook-receiver.ts'

type Who = Pick<Login, 'sid' | 'token'>

/** A request that changes something, and the SID under which that is recorded, once it is known. */
type Request = {
  readonly who: Who
  readonly path: string
  readonly form?: Parameters
  readonly data?: Document
  readonly target?: string
}

type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}
type Operation = {
  readonly parameters: readonly { readonly name: string }[]
  readonly responses: object
}

let app: TestApp
let receiver: Receiver
test.before(async () => {
  app = await startApp({ config: toReceivers })
  receiver = await startSilentReceiver()
})
test.after(async () => {
  await app.stop()
  await receiver.stop()
})

const restcomm = '/2012-04-24/Accounts'
const twilio = '/2010-04-01/Accounts'
const kazoo = '/v2/accounts'
const hook = () => ({ Url: receiver.url })
const flow = { module: 'play', data: { id: 'x' } }

let count = 0
function fresh(word: string): string {
  count += 1
  return `${word}-${count}`
}

const child = () => createSubaccount(app, app.root)

async function closedChild(): Promise<Who> {
  const account = await child()
  await post(app.root, `${restcomm}/${account.sid}`, { Status: 'closed' })
  return account
}

async function webhook(): Promise<{ readonly owner: Who; readonly sid: string }> {
  const owner = await child()
  const reply = await post(owner, `${restcomm}.json/${owner.sid}/Webhooks`, hook())
  return { owner, sid: JSON.parse(reply.text).sid }
}

async function callflow(): Promise<{ readonly owner: Who; readonly id: string }> {
  const owner = await child()
  const path = `${kazoo}/${idOf(owner.sid)}/callflows`
  const made = await send('PUT', { who: owner, path, data: { numbers: [fresh('+49')], flow } })
  return { owner, id: JSON.parse(made.text).data.id }
}

async function ofWebhook(part = '', form?: Parameters): Promise<Request> {
  const { owner, sid } = await webhook()
  const path = `${restcomm}.json/${owner.sid}/Webhooks/${sid}${part}`
  return { who: owner, path, target: sid, ...(form && { form }) }
}

async function ofKazooWebhook(part = '', data?: Document): Promise<Request> {
  const { owner, sid } = await webhook()
  const path = `${kazoo}/${idOf(owner.sid)}/webhooks/${idOf(sid)}${part}`
  return { who: owner, path, target: sid, ...(data && { data }) }
}

async function ofCallflow(data: Document): Promise<Request> {
  const { owner, id } = await callflow()
  const path = `${kazoo}/${idOf(owner.sid)}/callflows/${id}`
  return { who: owner, path, data, target: `CF${id}` }
}

async function ofKey(collection: string): Promise<Request> {
  const owner = await child()
  const { sid } = await createKey(app, owner)
  const form = { FriendlyName: fresh('key') }
  return { who: owner, path: `${twilio}/${owner.sid}/${collection}/${sid}.json`, form, target: sid }
}

async function ofAccount(rest: Omit<Request, 'who' | 'path'>, base = restcomm): Promise<Request> {
  const { sid } = await child()
  const id = base === kazoo ? idOf(sid) : sid
  return {
    who: app.root,
    path: `${base}${base === restcomm ? '.json' : ''}/${id}`,
    target: sid,
    ...rest,
  }
}

/** By the token that is to be promoted: the first one cannot ask again. */
async function ofSecondary(): Promise<Request> {
  const { sid, token: first } = await child()
  const made = await post({ sid, token: first }, '/v1/AuthTokens/Secondary', {})
  const token = usedSecret(JSON.parse(made.text).secondary_auth_token)
  return { who: { sid, token }, path: '/v1/AuthTokens/Promote', target: sid }
}

/** Every operation that takes the header, as the API description names it. */
const operations: Readonly<Record<string, () => Promise<Request>>> = {
  'post /2012-04-24/Accounts': async () => ({
    who: await child(),
    path: `${restcomm}.json`,
    form: { EmailAddress: freshEmail(), Password: 'correct horse' },
  }),
  'post /2012-04-24/Accounts/{id}': () => ofAccount({ form: { Status: 'closed' } }),
  'put /2012-04-24/Accounts/{id}': () => ofAccount({ form: { Password: 'battery staple' } }),
  'post /2012-04-24/Accounts/migrate/{id}': async () => {
    const { sid } = await child()
    const name = fresh('north')
    await send('PUT', { who: app.root, path: `/2012-04-24/Organizations/${name}` })
    const form = { Organization: name }
    return { who: app.root, path: `${restcomm}.json/migrate/${sid}`, form, target: sid }
  },
  'post /2012-04-24/Accounts/{id}/Reopen': async () => {
    const { sid } = await closedChild()
    return { who: app.root, path: `${restcomm}.json/${sid}/Reopen`, target: sid }
  },
  'put /2012-04-24/Organizations/{id}': async () => ({
    who: app.root,
    path: `/2012-04-24/Organizations.json/${fresh('south')}`,
  }),
  'post /2012-04-24/Accounts/{id}/Webhooks': async () => {
    const who = await child()
    return { who, path: `${restcomm}.json/${who.sid}/Webhooks`, form: hook() }
  },
  'post /2012-04-24/Accounts/{id}/Webhooks/{webhook}': () => ofWebhook('', { Enabled: 'false' }),
  'put /2012-04-24/Accounts/{id}/Webhooks/{webhook}': () => ofWebhook('', { FriendlyName: 'New' }),
  'post /2012-04-24/Accounts/{id}/Webhooks/{webhook}/Secret': () => ofWebhook('/Secret'),
  'post /2012-04-24/Accounts/{id}/Webhooks/{webhook}/Test': () => ofWebhook('/Test'),
  'post /2010-04-01/Accounts': async () => ({
    who: await child(),
    path: `${twilio}.json`,
    form: { FriendlyName: 'Shop' },
  }),
  'post /2010-04-01/Accounts/{id}': () => ofAccount({ form: { Status: 'closed' } }, twilio),
  'post /2010-04-01/Accounts/{id}/Keys': async () => {
    const who = await child()
    return { who, path: `${twilio}/${who.sid}/Keys.json`, form: { FriendlyName: 'key' } }
  },
  'post /2010-04-01/Accounts/{id}/SigningKeys': async () => {
    const who = await child()
    return { who, path: `${twilio}/${who.sid}/SigningKeys.json`, form: { FriendlyName: 'key' } }
  },
  'post /2010-04-01/Accounts/{id}/Keys/{key}': () => ofKey('Keys'),
  'post /2010-04-01/Accounts/{id}/SigningKeys/{key}': () => ofKey('SigningKeys'),
  'post /v1/AuthTokens/Secondary': async () => {
    const who = await child()
    return { who, path: '/v1/AuthTokens/Secondary', target: who.sid }
  },
  'post /v1/AuthTokens/Promote': ofSecondary,
  'put /v2/accounts': async () => ({
    who: await child(),
    path: kazoo,
    data: { name: fresh('name') },
  }),
  'put /v2/accounts/{id}': async () => {
    const { sid } = await child()
    return { who: app.root, path: `${kazoo}/${idOf(sid)}`, data: { name: fresh('name') } }
  },
  'post /v2/accounts/{id}': () => ofAccount({ data: { name: fresh('name') } }, kazoo),
  'patch /v2/accounts/{id}': () => ofAccount({ data: { enabled: false } }, kazoo),
  'put /v2/accounts/{id}/api_key': async () => {
    const { sid } = await child()
    return { who: app.root, path: `${kazoo}/${idOf(sid)}/api_key`, target: sid }
  },
  'put /v2/accounts/{id}/reseller': async () => {
    const { sid } = await child()
    return { who: app.root, path: `${kazoo}/${idOf(sid)}/reseller`, target: sid }
  },
  'post /v2/accounts/{id}/move': async () => {
    const [{ sid }, to] = [await child(), await member(app, app.root)]
    const data = { to: to.id }
    return { who: app.root, path: `${kazoo}/${idOf(sid)}/move`, data, target: sid }
  },
  'post /v2/accounts/{id}/reopen': async () => {
    const { sid } = await closedChild()
    return { who: app.root, path: `${kazoo}/${idOf(sid)}/reopen`, target: sid }
  },
  'put /v2/accounts/{id}/callflows': async () => {
    const who = await child()
    const data = { numbers: [fresh('+43')], flow }
    return { who, path: `${kazoo}/${idOf(who.sid)}/callflows`, data }
  },
  'post /v2/accounts/{id}/callflows/{callflow}': () => ofCallflow({ numbers: [fresh('+1')], flow }),
  'patch /v2/accounts/{id}/callflows/{callflow}': () => ofCallflow({ name: 'New' }),
  'put /v2/accounts/{id}/webhooks': async () => {
    const who = await child()
    const data = { uri: receiver.url }
    return { who, path: `${kazoo}/${idOf(who.sid)}/webhooks`, data }
  },
  'post /v2/accounts/{id}/webhooks/{webhook}': () =>
    ofKazooWebhook('', { uri: `${receiver.url}/other` }),
  'patch /v2/accounts/{id}/webhooks/{webhook}': () => ofKazooWebhook('', { enabled: false }),
  'put /v2/accounts/{id}/webhooks/{webhook}/secret': () => ofKazooWebhook('/secret'),
  'put /v2/accounts/{id}/webhooks/{webhook}/test': () => ofKazooWebhook('/test'),
}

/** What changes nothing that is kept, or is asked by nobody who is known: a login gives a new session each time. */
const others = [
  'post /v2/auth/tokeninfo',
  'put /v2/api_auth',
  'put /v2/schemas/{name}/validation',
  'put /v2/user_auth',
]

test('every POST, PUT and PATCH takes an Idempotency-Key and says so, and nothing else does', async () => {
  const { paths }: Description = JSON.parse(await (await fetch(`${app.url}/openapi.json`)).text())
  const taking: string[] = []
  const changing: string[] = []
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { parameters, responses }] of Object.entries(methods)) {
      const takesKey = parameters.some(({ name }) => name === 'Idempotency-Key')
      assert.is('422' in responses, takesKey, path)
      taking.push(...(takesKey ? [`${method} ${path}`] : []))
      changing.push(...(/^(post|put|patch)$/.test(method) ? [`${method} ${path}`] : []))
    }
  }
  assert.equal(taking.sort(), Object.keys(operations).sort())
  assert.equal(changing.sort(), [...taking, ...others].sort())
})

for (const [operation, prepare] of Object.entries(operations)) {
  const [method = ''] = operation.split(' ')

  test(`${operation} sent again under its key is done once, and answered as it is now`, async () => {
    const request = await prepare()
    const key = fresh('key')
    const before = await recordCount(request)
    const first = await send(method, request, key)
    assert.ok([200, 201].includes(first.status), `${first.status} ${first.text}`)
    assert.is(first.replayed, null)
    const once = await recordCount(request)
    for (let again = 0; again < 2; again += 1) {
      const second = await send(method, request, key)
      assert.equal([second.status, second.replayed], [first.status, 'true'], second.text)
      assert.equal(contentOf(second.text), contentOf(first.text))
      assert.is(second.location, first.location)
    }
    assert.is(await recordCount(request), once)
    assert.is(once, before + (request.target === undefined ? 0 : 1))
  })

  test(`${operation} sent eight times at once under one key is done once`, async () => {
    const request = await prepare()
    const key = fresh('key')
    const before = await recordCount(request)
    const replies = await Promise.all(Array.from({ length: 8 }, () => send(method, request, key)))
    assert.equal(new Set(replies.map(({ status }) => status)), new Set([replies[0]?.status]))
    assert.ok([200, 201].includes(replies[0]?.status ?? 0), replies[0]?.text)
    assert.is(replies.filter(({ replayed }) => replayed === null).length, 1)
    assert.is(await recordCount(request), before + (request.target === undefined ? 0 : 1))
  })

  test(`${operation} of something else under the same key is 422 and changes nothing`, async () => {
    const [one, other] = [await prepare(), await prepare()]
    const key = fresh('key')
    const first = await send(method, one, key)
    const before = await recordCount(other)
    const second = await send(method, { ...other, who: one.who }, key)
    const isSame = one.path === other.path && bodyOf(one) === bodyOf(other)
    assert.is(second.status, isSame ? first.status : 422, second.text)
    assert.is(await recordCount(other), before)
  })

  test(`${operation} is not answered again to a key of the account that may not do it`, async () => {
    const request = await prepare()
    const key = fresh('key')
    assert.ok((await send(method, request, key)).status < 300)
    const reader = await createKey(app, request.who, { Scope: 'read' })
    const asked = await send(method, { ...request, who: reader }, key)
    assert.equal([asked.status, asked.replayed], [403, null], asked.text)
  })
}

test('a key that is none is refused by its name where it is taken', async () => {
  for (const [operation, prepare] of Object.entries(operations)) {
    const request = await prepare()
    const before = await recordCount(request)
    const reply = await send(operation.split(' ')[0] ?? '', request, 'two words')
    assert.is(reply.status, 400, operation)
    assert.match(reply.text, 'Idempotency-Key')
    assert.is(await recordCount(request), before)
  }
})

type Reply = {
  readonly status: number
  readonly text: string
  readonly replayed: string | null
  readonly location: string | null
}

async function send(method: string, request: Request, key?: string): Promise<Reply> {
  const { who, path } = request
  const body = bodyOf(request)
  const type = request.data === undefined ? 'x-www-form-urlencoded' : 'json'
  const response = await fetch(`${app.url}${path}`, {
    method: method.toUpperCase(),
    headers: {
      Authorization: basic(who.sid, who.token),
      'Content-Type': `application/${type}`,
      ...(key !== undefined && { 'Idempotency-Key': key }),
    },
    body,
  })
  const { status, headers } = response
  const replayed = headers.get('idempotent-replayed')
  return { status, text: await response.text(), replayed, location: headers.get('location') }
}

function post(who: Who, path: string, form: Parameters): Promise<Reply> {
  return send('POST', { who, path, form })
}

function bodyOf({ form, data }: Request): string {
  return data === undefined ? new URLSearchParams(form).toString() : JSON.stringify({ data })
}

const ofOneAnswer = ['request_id', 'timestamp', 'secret']
const ofDeliveries = ['pending_count', 'last_attempt', 'pending', 'deliveries']

/** An answer without what is of the one request, shown once, or goes on by itself. */
function contentOf(text: string): unknown {
  const left = [...ofOneAnswer, ...ofDeliveries]
  return JSON.parse(text, (name, value) => (left.includes(name) ? undefined : value))
}

async function recordCount({ target }: Request): Promise<number> {
  return target === undefined ? 0 : (await recordedOf(app.store, target)).length
}

test.run()
