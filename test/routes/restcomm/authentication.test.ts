import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  anyPassword,
  base,
  basic,
  createAccount,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
let caller: Login
test.before(async () => {
  app = await startApp()
  caller = await createAccount(app, app.root, {
    EmailAddress: 'Caller@example.com',
    FriendlyName: 'caller name',
  })
})
test.after(() => app.stop())

test('SID and e-mail, with token and password, all let in', async () => {
  for (const name of [caller.sid, caller.email, 'CALLER@Example.COM', ' caller@example.com ']) {
    for (const secret of [caller.token, anyPassword]) {
      assert.is(await statusWith(basic(name, secret)), 200, `${name} ${secret}`)
    }
  }
})

test('a SID counts in its own letter case only', async () => {
  for (const name of [caller.sid.toLowerCase(), caller.sid.toUpperCase()]) {
    assert.is(await statusWith(basic(name, caller.token)), 401)
  }
})

test('a name never lets in', async () => {
  assert.is(await statusWith(basic('caller name', caller.token)), 401)
  await send(app, app.root, 'PUT', `/Accounts/${caller.sid}`, { FriendlyName: 'a@example.com' })
  assert.is(await statusWith(basic('a@example.com', caller.token)), 401)
  const other = await createAccount(app, app.root, { FriendlyName: caller.email })
  assert.is(await statusWith(basic(caller.email, caller.token)), 200)
  assert.is(await statusWith(basic(caller.email, other.token)), 401)
})

test('the scheme may be written in any letter case', async () => {
  const [, encoded = ''] = basic(caller.sid, caller.token).split(' ')
  for (const scheme of ['Basic', 'basic', 'BASIC', 'bAsIc']) {
    assert.is(await statusWith(`${scheme} ${encoded}`), 200)
  }
})

test('name and key are split at the first colon and read as UTF-8', async () => {
  for (const password of ['with:a:colon', ':leading colon', 'γιωργος123#!@', 'пароль 🔑']) {
    const { sid, email } = await createAccount(app, app.root, { Password: password })
    for (const name of [sid, email]) {
      const header = basic(name, password)
      const reply = await requestWith(header, 'GET', `/Accounts/${sid}`)
      assert.is(reply.status, 200, password)
    }
  }
})

test('a digest of the password is no key', async () => {
  const md5 = createHash('md5').update(anyPassword).digest('hex')
  assert.is(await statusWith(basic(caller.sid, md5)), 401)
  assert.is(await statusWith(basic(caller.sid, md5.toUpperCase())), 401)
})

test('the secret of one account does not open another', async () => {
  assert.is(await statusWith(basic(caller.sid, app.root.token)), 401)
  assert.is(await statusWith(basic(app.root.sid, caller.token)), 401)
  // The root of this installation has a token and no password.
  assert.is(await statusWith(basic(app.root.sid, anyPassword)), 401)
})

test('every 401 is the same, but for its request id and the form that was asked for', async () => {
  const headers = await headersOfNobody()
  for (const [path, body] of [
    [
      `/Accounts/${caller.sid}`,
      /^<RestcommResponse><Message>[^<]+<\/Message><\/RestcommResponse>$/,
    ],
    ['/Accounts.json/nobody', /^\{"message":"[^"]+"\}$/],
  ] as const) {
    const replies = await Promise.all(headers.map((header) => requestWith(header, 'GET', path)))
    for (const reply of replies) {
      assert.is(reply.status, 401)
      assert.match(reply.text, body)
      assert.is(reply.headers.get('www-authenticate'), 'Basic realm="Restcomm realm"')
      assert.equal(comparable(reply), replies[0] && comparable(replies[0]))
    }
  }
})

/** Authorization headers that let nobody in, each for a reason of its own. */
async function headersOfNobody(): Promise<readonly (string | undefined)[]> {
  const suspended = await createAccount(app, app.root, { Status: 'suspended' })
  const closed = await createAccount(app, app.root, { Status: 'closed' })
  const unused = 'AC00000000000000000000000000000000'
  return [
    undefined,
    '',
    'Basic',
    'Basic !!!',
    'Bearer abc',
    `Basic ${Buffer.from('no colon').toString('base64')}`,
    basic('', ''),
    basic(unused, caller.token),
    basic(unused, anyPassword),
    basic('nobody@example.com', anyPassword),
    basic('x'.repeat(1000), anyPassword),
    basic(caller.sid, ''),
    basic(caller.sid, '0'.repeat(32)),
    basic(caller.sid, 'wrong horse'),
    basic(caller.email, 'wrong horse'),
    basic(caller.sid, `${caller.token} `),
    basic(caller.sid, caller.token.toUpperCase()),
    basic(suspended.sid, 'wrong horse'),
    basic(closed.sid, '0'.repeat(32)),
  ]
}

test('who is let in is settled before method, path, Accept, body and parameters', async () => {
  const cases: readonly (readonly [method: string, path: string, accept?: string])[] = [
    ['DELETE', `/Accounts/${caller.sid}`],
    ['PATCH', '/Accounts'],
    ['OPTIONS', '/Accounts'],
    ['GET', '/Nowhere'],
    ['GET', '/Accounts/%zz'],
    ['GET', '/Accounts', 'text/html'],
    ['POST', '/Accounts'],
    ['GET', '/Organizations?Status=x'],
  ]
  for (const header of [undefined, basic(caller.sid, 'wrong horse')]) {
    for (const [method, path, accept] of cases) {
      const reply = await requestWith(header, method, path, accept)
      assert.is(reply.status, 401, `${method} ${path}`)
      assert.ok(reply.headers.has('www-authenticate'))
    }
  }
})

test('two Authorization headers are refused, also when both are right', async () => {
  const right = basic(caller.sid, caller.token)
  for (const second of [right, basic(caller.sid, 'wrong horse')]) {
    const headers = { Authorization: [right, second] }
    const sent = request(`${app.url}${base}/Accounts`, { headers }).end()
    const [response] = await once(sent, 'response')
    assert.is(response.statusCode, 400)
    assert.match(await textOf(response), /^<RestcommResponse><Message>/)
  }
})

test('after a change of password the old secrets fail at the next request of an open connection', async () => {
  const account = await createAccount(app, app.root)
  await onOneConnection(async (status) => {
    for (const secret of [account.token, anyPassword, anyPassword]) {
      assert.is(await status(account.sid, secret), 200)
    }
    const changed = await put(account.sid, { Password: 'another horse' }, account)
    const { auth_token: token } = JSON.parse(changed.text)
    for (const secret of [account.token, anyPassword]) {
      assert.is(await status(account.sid, secret), 401)
    }
    for (const secret of [token, 'another horse']) {
      assert.is(await status(account.sid, secret), 200)
    }
  })
})

test('a suspension, also of an account above, holds at the next request of an open connection', async () => {
  const parent = await createAccount(app, app.root)
  const account = await createAccount(app, parent)
  await onOneConnection(async (status) => {
    for (const secret of [account.token, anyPassword]) {
      for (const upper of [account, parent]) {
        assert.is(await status(account.sid, secret), 200)
        await put(upper.sid, { Status: 'suspended' }, app.root)
        assert.is(await status(account.sid, secret), 403)
        await put(upper.sid, { Status: 'active' }, app.root)
      }
    }
    await put(parent.sid, { Status: 'closed' }, app.root)
    assert.is(await status(account.sid, anyPassword), 403)
  })
})

test('a lowered role holds at the next request of an open connection', async () => {
  const account = await createAccount(app, app.root)
  await onOneConnection(async (status) => {
    assert.is(await status(account.sid, account.token), 200)
    await put(account.sid, { Role: 'Guest' }, app.root)
    assert.is(await status(account.sid, account.token), 403)
  })
})

test('a token by itself survives everything but a new password', async () => {
  const account = await createAccount(app, app.root)
  for (const change of [{ FriendlyName: 'x' }, { Status: 'suspended' }, { Status: 'active' }]) {
    await put(account.sid, change, app.root)
  }
  assert.is(await statusWith(basic(account.sid, account.token), account.sid), 200)
})

/** Runs `use` with a function that logs in over one and the same connection. */
async function onOneConnection(
  use: (status: (sid: string, secret: string) => Promise<number>) => Promise<void>,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let requests = 0
  try {
    await use(async (sid, secret) => {
      const headers = { Authorization: basic(sid, secret) }
      const sent = request(`${app.url}${base}/Accounts/${sid}`, { agent, headers }).end()
      const [response] = await once(sent, 'response')
      await textOf(response)
      assert.is(sent.reusedSocket, requests > 0)
      requests += 1
      return response.statusCode
    })
  } finally {
    agent.destroy()
  }
}

/** The status of reading an account with this header. */
async function statusWith(authorization: string, id = caller.sid): Promise<number> {
  return (await requestWith(authorization, 'GET', `/Accounts/${id}`)).status
}

function requestWith(
  authorization: string | undefined,
  method: string,
  path: string,
  accept = '*/*',
): Promise<Reply> {
  return send(app, undefined, method, path, undefined, {
    Accept: accept,
    ...(authorization !== undefined && { Authorization: authorization }),
  })
}

function put(id: string, form: Parameters, login: Login): Promise<Reply> {
  return send(app, login, 'PUT', `/Accounts.json/${id}`, form)
}

/** What two refusals of the same request must have in common. */
function comparable({ headers, text }: Reply): readonly unknown[] {
  return [text, ...[...headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')]
}

test.run()
