import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, pathOf } from '../support/crossbar.ts'
import { basic, send as sendRestcomm } from '../support/restcomm.ts'
import { type Login, startApp } from '../support/start-app.ts'
import { createKey, send as sendTwilio, pathOf as twilioPathOf } from '../support/twilio.ts'

test('a line of the log names the API key that was used, in every dialect, and no secret', async () => {
  const app = await startApp()
  const key = await createKey(app, app.root)
  const requests: readonly ((login: Login) => Promise<{ readonly status: number }>)[] = [
    (login) => sendRestcomm(app, login, 'GET', `/Accounts.json/${app.root.sid}`),
    (login) => sendTwilio(app, login, 'GET', twilioPathOf(app.root)),
    (login) => ask(app, login, 'GET', pathOf(app.root)),
  ]
  for (const [index, request] of requests.entries()) {
    for (const [login, keySid] of [
      [key, key.sid],
      [app.root, undefined],
    ] as const) {
      const before = app.log().length
      assert.is((await request(login)).status, 200, `request ${index}`)
      const line = await lineAfter(app, before)
      assert.is(line.accountSid, app.root.sid)
      assert.is(line.apiKeySid, keySid, `request ${index}`)
    }
    const before = app.log().length
    assert.is((await request({ ...key, token: 'x'.repeat(32) })).status, 401)
    const { apiKeySid, accountSid } = await lineAfter(app, before)
    assert.equal({ apiKeySid, accountSid }, { apiKeySid: undefined, accountSid: undefined })
  }
  for (const secret of [key.token, basic(key.sid, key.token), app.root.token]) {
    assert.not.ok(app.log().includes(secret))
  }
  await app.stop()
})

type Line = { readonly accountSid?: string; readonly apiKeySid?: string }

/** The line is written when the answer has gone out, so a little after the client has it. */
async function lineAfter(app: { log(): string }, length: number): Promise<Line> {
  for (let waited = 0; app.log().length === length && waited < 1000; waited += 5) {
    await new Promise((resume) => setTimeout(resume, 5))
  }
  const line: Line = JSON.parse(app.log().slice(length))
  return line
}

test.run()
