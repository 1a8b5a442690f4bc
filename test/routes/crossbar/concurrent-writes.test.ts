import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ask,
  codes,
  type Document,
  freshName,
  type Member,
  member,
  objectFrom,
  pathOf,
} from '../../support/crossbar.ts'
import { basic, send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const elsewhere = '"1-00000000000000000000000000000000"'

async function tagOf(account: Member): Promise<string> {
  return (await ask(app, app.root, 'GET', pathOf(account))).headers.get('etag') ?? ''
}

test('If-Match is heeded by every write beside the document, and refuses without a trace', async () => {
  const child = await member(app, app.root)
  const other = await member(app, app.root)
  const before = await ask(app, app.root, 'GET', pathOf(child))
  for (const [method, rest] of [
    ['PUT', '/reseller'],
    ['DELETE', '/reseller'],
    ['PUT', '/api_key'],
    ['POST', '/move'],
  ] as const) {
    const path = pathOf(child, rest)
    const data = { to: other.id }
    const headers = { 'If-Match': elsewhere }
    const refused = await ask(app, app.root, method, path, { data, headers })
    assert.is(refused.status, 412, `${method} ${rest}`)
    assert.is(refused.body.message, 'precondition_failed')
  }
  assert.equal((await ask(app, app.root, 'GET', pathOf(child))).data, before.data)
  assert.is(await tagOf(child), before.headers.get('etag'))
  assert.is((await ask(app, child, 'GET', pathOf(child))).status, 200)
  for (const [method, rest] of [
    ['PUT', '/reseller'],
    ['DELETE', '/reseller'],
    ['POST', '/move'],
    ['PUT', '/api_key'],
  ] as const) {
    const headers = { 'If-Match': await tagOf(child) }
    const data = { to: other.id }
    const made = await ask(app, app.root, method, pathOf(child, rest), { data, headers })
    assert.is(made.status, method === 'PUT' ? 201 : 200, `${method} ${rest}`)
  }
})

test('of many moves, keys and resellers with the same If-Match one is made', async () => {
  const targets = [await member(app, app.root), await member(app, app.root)]
  for (const [method, rest] of [
    ['POST', '/move'],
    ['PUT', '/api_key'],
    ['PUT', '/reseller'],
  ] as const) {
    const child = await member(app, app.root)
    const headers = { 'If-Match': await tagOf(child) }
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        ask(app, app.root, method, pathOf(child, rest), {
          data: { to: targets[index % 2]?.id ?? '' },
          headers,
        }),
      ),
    )
    const made = answers.filter(({ status }) => status < 300)
    const refused = answers.filter(({ status }) => status === 412)
    assert.equal([made.length, refused.length], [1, 7], rest)
  }
})

test('a precondition is looked at after permission', async () => {
  const child = await member(app, app.root)
  const headers = { 'If-Match': elsewhere }
  for (const [method, rest] of [
    ['PUT', '/reseller'],
    ['POST', '/move'],
  ] as const) {
    const answer = await ask(app, child, method, pathOf(child, rest), { headers })
    assert.is(answer.status, 403, rest)
  }
})

test('of 32 patches at once of different keys none is refused and none is lost', async () => {
  const child = await member(app, app.root, { kept: true })
  const patches = Array.from({ length: 32 }, (_, index) => ({
    [`key${index}`]: index,
    shared: { [`key${index}`]: index },
  }))
  const answers = await patchAtOnce(child, patches)
  assert.equal(statuses(answers), Array(32).fill(200))
  const { data } = await ask(app, app.root, 'GET', pathOf(child))
  for (const [index, patch] of patches.entries()) {
    assert.is(data[`key${index}`], index)
    assert.is(objectFrom(data.shared)[`key${index}`], index)
    assert.is(objectFrom(answers[index]?.data)[`key${index}`], Object.values(patch)[0])
  }
  assert.is(data.kept, true)
  assert.is(new Set(answers.map(({ body }) => body.revision)).size, 32)
})

test('a patch is laid over what came while its body was on its way, refused ones disturb nobody', async () => {
  const child = await member(app, app.root)
  const path = pathOf(child)
  const patches = [{ a: 1 }, { language: 5 }, { b: 2 }, { enabled: 'no' }, { c: 3 }]
  const answers = await patchAtOnce(child, patches, async () => {
    await send(app, app.root, 'PUT', `/Accounts.json/${child.sid}`, { FriendlyName: 'Renamed' })
    await ask(app, app.root, 'PATCH', path, { data: { d: 4 } })
  })
  assert.equal(statuses(answers), [200, 400, 200, 400, 200])
  const { a, b, c, d, name } = (await ask(app, app.root, 'GET', path)).data
  assert.equal({ a, b, c, d, name }, { a: 1, b: 2, c: 3, d: 4, name: 'Renamed' })
})

test('with If-Match a patch is laid over nothing but what it names', async () => {
  const child = await member(app, app.root)
  const patches = Array.from({ length: 8 }, (_, index) => ({ [`key${index}`]: index }))
  const tag = await tagOf(child)
  const answers = await patchAtOnce(child, patches, async () => {}, { 'If-Match': tag })
  assert.equal(statuses(answers).toSorted(), [200, ...Array(7).fill(412)])
  const any = await patchAtOnce(child, patches, async () => {}, { 'If-Match': '*' })
  assert.equal(statuses(any), Array(8).fill(200))
})

test('a patch is refused when the account is deleted, or out of reach, while its body is on its way', async () => {
  const child = await member(app, app.root)
  const gone = await patchAtOnce(child, [{ a: 1 }, { b: 2 }], async () => {
    await ask(app, app.root, 'DELETE', pathOf(child))
  })
  assert.equal(statuses(gone), [404, 404])
  const parent = await member(app, app.root)
  const other = await member(app, app.root)
  const moved = await member(app, parent)
  const move = { data: { to: other.id } }
  const unreachable = await patchAtOnce(
    moved,
    [{ a: 1 }],
    async () => {
      await ask(app, app.root, 'POST', pathOf(moved, '/move'), move)
    },
    { Authorization: basic(parent.sid, parent.token) },
  )
  assert.equal(statuses(unreachable), [403])
  assert.is((await ask(app, app.root, 'GET', pathOf(moved))).data.a, undefined)
})

test('what is not sent of enabled, or taken away, stays as it is', async () => {
  for (const enabled of [true, false]) {
    const child = await member(app, app.root, { enabled })
    const path = pathOf(child)
    const patched = await ask(app, app.root, 'PATCH', path, { data: { enabled: null } })
    assert.is(patched.status, 200)
    assert.is(patched.data.enabled, enabled)
    const replaced = await ask(app, app.root, 'POST', path, { data: { name: freshName() } })
    assert.is(replaced.data.enabled, enabled)
    // In a replacement null takes nothing away: it is a value, of a type that no switch has.
    const data = { name: freshName(), enabled: null, org: null }
    const refused = await ask(app, app.root, 'POST', path, { data })
    assert.is(refused.status, 400)
    assert.equal(codes(refused), { enabled: ['type'], org: ['type'] })
  }
})

/** Sends patches whose bodies follow when every one has been let in, and `meanwhile` has been done. */
async function patchAtOnce(
  account: Member,
  patches: readonly Document[],
  meanwhile: () => Promise<void> = async () => {},
  headers: Readonly<Record<string, string>> = {},
): Promise<
  readonly { readonly status: number; readonly body: Document; readonly data: Document }[]
> {
  const agent = new Agent({ maxSockets: patches.length })
  const sent = patches.map((data) => {
    const body = JSON.stringify({ data })
    const request = httpRequest(`${app.url}/v2${pathOf(account)}`, {
      agent,
      method: 'PATCH',
      headers: {
        Authorization: basic(app.root.sid, app.root.token),
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        Expect: '100-continue',
        ...headers,
      },
    })
    request.flushHeaders()
    return { request, body, letIn: once(request, 'continue') }
  })
  await Promise.all(sent.map(({ letIn }) => letIn))
  await meanwhile()
  const answers = sent.map(async ({ request, body }) => {
    const responded = once(request, 'response')
    request.end(body)
    const [response] = await responded
    const answer = objectFrom(JSON.parse(await text(response)))
    return { status: Number(response.statusCode), body: answer, data: objectFrom(answer.data) }
  })
  const all = await Promise.all(answers)
  agent.destroy()
  return all
}

function statuses(answers: readonly { readonly status: number }[]): readonly number[] {
  return answers.map(({ status }) => status)
}

test.run()
