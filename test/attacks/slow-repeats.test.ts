import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock } from '../support/attacks.ts'
import { idOf, session } from '../support/crossbar.ts'
import { basic, createAccount, freshEmail, send } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { createKey } from '../support/twilio.ts'
import { usedSecret } from '../support/used-secrets.ts'

// Who asks is known once the headers are here; the body, and with it the answer, may come much later.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

type Repeatable = {
  readonly method: string
  readonly path: string
  readonly type: string
  readonly body: string
}

const restcomm = (path: string, form: Readonly<Record<string, string>>): Repeatable => ({
  method: 'POST',
  path,
  type: 'application/x-www-form-urlencoded',
  body: String(new URLSearchParams(form)),
})

const creationInTwilio = restcomm('/2010-04-01/Accounts.json', { FriendlyName: 'Shop' })

const creationInCrossbar = (sid: string): Repeatable => ({
  method: 'PUT',
  path: `/v2/accounts/${idOf(sid)}`,
  type: 'application/json',
  body: JSON.stringify({ data: { name: sid } }),
})

const creations: Readonly<Record<string, (sid: string) => Repeatable>> = {
  Restcomm: () =>
    restcomm('/2012-04-24/Accounts.json', {
      EmailAddress: freshEmail(),
      Password: 'correct horse',
    }),
  Twilio: () => creationInTwilio,
  Crossbar: creationInCrossbar,
}

/** Sends all of a request but for its last byte; gives what sends that too, and what is answered. */
async function begun(
  maker: Pick<Login, 'sid' | 'token'>,
  { method, path, type, body }: Repeatable,
  headers: Readonly<Record<string, string>>,
) {
  const sent = request(`${app.url}${path}`, {
    method,
    headers: {
      Authorization: basic(maker.sid, maker.token),
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      ...headers,
    },
  })
  const answered = once(sent, 'response')
  sent.write(body.slice(0, -1))
  // Once this is answered, the headers of the other are known.
  await knock(app, maker, 'GET', `/2012-04-24/Accounts/${maker.sid}`)
  return async () => {
    sent.end(body.slice(-1))
    const [response] = await answered
    return { status: Number(response.statusCode), text: await text(response) }
  }
}

const newToken = async ({ sid }: Login) => {
  const path = `/v2/accounts/${idOf(sid)}/api_key`
  assert.is((await knock(app, app.root, 'PUT', path)).status, 201)
}
const change = (form: Readonly<Record<string, string>>) => async (maker: Login) => {
  assert.is((await send(app, app.root, 'POST', `/Accounts/${maker.sid}`, form)).status, 200)
}
const losses: Readonly<Record<string, (maker: Login) => Promise<void>>> = {
  'is suspended': change({ Status: 'suspended' }),
  'has another role': change({ Role: 'Guest' }),
  'has another AuthToken': newToken,
  'has another Password': change({ Password: 'battery staple' }),
}

for (const [dialect, creation] of Object.entries(creations)) {
  for (const [what, lose] of Object.entries(losses)) {
    test(`what an earlier request has made is not shown to who meanwhile ${what}: ${dialect}`, async () => {
      const maker = await createAccount(app, app.root, { Role: 'Administrator' })
      const repeatable = creation(maker.sid)
      const key = { 'Idempotency-Key': 'once' }
      const first = await (await begun(maker, repeatable, key))()
      assert.ok([200, 201].includes(first.status), first.text)
      const end = await begun(maker, repeatable, key)
      await lose(maker)
      const again = await end()
      assert.ok([401, 403].includes(again.status), `${again.status} ${again.text}`)
    })

    test(`nothing is made for who meanwhile ${what}: ${dialect}`, async () => {
      const maker = await createAccount(app, app.root, { Role: 'Administrator' })
      const end = await begun(maker, creation(maker.sid), {})
      await lose(maker)
      const answer = await end()
      assert.ok([401, 403].includes(answer.status), `${answer.status} ${answer.text}`)
    })
  }
}

test('nor for whose session or API key has ended', async () => {
  const maker = await createAccount(app, app.root, { Role: 'Administrator' })
  const { session: token } = await session(app, maker.token)
  const bySession = await begun(maker, creationInCrossbar(maker.sid), { 'X-Auth-Token': token })
  const key = await createKey(app, maker)
  const byKey = await begun(key, creationInTwilio, {})
  const path = `/2010-04-01/Accounts/${maker.sid}/Keys/${key.sid}.json`
  assert.is((await knock(app, maker, 'DELETE', path)).status, 204)
  assert.is((await byKey()).status, 401)
  await newToken(maker)
  assert.is((await bySession()).status, 401)
})

test('who logs in by the AuthToken that is kept goes on while the other ends', async () => {
  const maker = await createAccount(app, app.root, { Role: 'Administrator' })
  const made = await knock(app, maker, 'POST', '/v1/AuthTokens/Secondary')
  const token = usedSecret(JSON.parse(made.text).secondary_auth_token)
  const end = await begun({ sid: maker.sid, token }, creationInTwilio, {})
  assert.is((await knock(app, maker, 'POST', '/v1/AuthTokens/Promote')).status, 200)
  assert.is((await end()).status, 201)
})

test.run()
