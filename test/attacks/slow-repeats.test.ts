import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic, createAccount, freshEmail, send } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

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

const creations: Readonly<Record<string, (sid: string) => Repeatable>> = {
  Restcomm: () =>
    restcomm('/2012-04-24/Accounts.json', {
      EmailAddress: freshEmail(),
      Password: 'correct horse',
    }),
  Twilio: () => restcomm('/2010-04-01/Accounts.json', { FriendlyName: 'Shop' }),
  Crossbar: (sid) => ({
    method: 'PUT',
    path: `/v2/accounts/${idOf(sid)}`,
    type: 'application/json',
    body: JSON.stringify({ data: { name: sid } }),
  }),
}

for (const [dialect, creation] of Object.entries(creations)) {
  for (const change of [{ Status: 'suspended' }, { Role: 'Guest' }]) {
    test(`what an earlier request has made is not shown to who has lost the right: ${dialect}, ${JSON.stringify(change)}`, async () => {
      const maker = await createAccount(app, app.root, { Role: 'Administrator' })
      const repeatable = creation(maker.sid)
      const begin = () => {
        const { method, path, type, body } = repeatable
        const sent = request(`${app.url}${path}`, {
          method,
          headers: {
            Authorization: basic(maker.sid, maker.token),
            'Content-Type': type,
            'Content-Length': Buffer.byteLength(body),
            'Idempotency-Key': 'once',
          },
        })
        const answered = once(sent, 'response')
        sent.write(body.slice(0, -1))
        return async () => {
          sent.end(body.slice(-1))
          const [response] = await answered
          return { status: Number(response.statusCode), text: await text(response) }
        }
      }
      const first = await begin()()
      assert.ok([200, 201].includes(first.status), first.text)
      const end = begin()
      // The headers of the other were here before.
      await knock(app, maker, 'GET', `/2012-04-24/Accounts/${maker.sid}`)
      assert.is((await send(app, app.root, 'POST', `/Accounts/${maker.sid}`, change)).status, 200)
      const again = await end()
      assert.ok([401, 403].includes(again.status), `${again.status} ${again.text}`)
    })
  }
}

test.run()
