import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask } from '../support/crossbar.ts'
import { basic, createAccount, send } from '../support/restcomm.ts'
import { startApp, type TestApp, type TestConfig } from '../support/start-app.ts'
import { send as call, refusal } from '../support/twilio.ts'

async function withApp(config: TestConfig, run: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await startApp({ config: { throttle: true, ...config } })
  try {
    await run(app)
  } finally {
    await app.stop()
  }
}

/** So slow that nothing comes back while a test runs. */
const slow = (burst: number) => ({ perSecond: 0.001, burst })

test('an address that asks too much is told so in the form of each dialect', () =>
  withApp({ addressRate: slow(12), accountRate: undefined }, async (app) => {
    const first = await send(app, app.root, 'GET', `/Accounts.json/${app.root.sid}`)
    assert.equal(
      ['limit', 'remaining'].map((name) => first.headers.get(`ratelimit-${name}`)),
      ['12', '11'],
    )
    assert.ok(Number(first.headers.get('ratelimit-reset')) > 0)
    const write = await send(app, app.root, 'POST', `/Accounts.json/${app.root.sid}`)
    assert.equal([write.status, write.headers.get('ratelimit-remaining')], [200, '6'])
    const anonymous = await send(app, undefined, 'GET', '/Accounts.json')
    assert.equal([anonymous.status, anonymous.headers.get('ratelimit-remaining')], [401, '5'])
    assert.is((await send(app, app.root, 'POST', `/Accounts.json/${app.root.sid}`)).status, 200)

    const restcomm = await send(app, app.root, 'GET', '/Accounts.json')
    assert.equal([restcomm.status, restcomm.text.includes('"message"')], [429, true])
    const xml = await send(app, app.root, 'GET', '/Accounts')
    assert.match(xml.text, /<RestcommResponse>.*<Message>/s)
    const twilio = await call(app, app.root, 'GET', '/Accounts.json')
    assert.equal(refusal(twilio), [429, 20429])
    const crossbar = await ask(app, undefined, 'PUT', '/api_auth', { data: {} })
    assert.equal([crossbar.status, crossbar.body.message], [429, 'too_many_requests'])
    for (const { headers } of [restcomm, xml, twilio, crossbar]) {
      assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/)
    }
    for (const path of ['/health', '/ready', '/metrics']) {
      assert.is((await fetch(`${app.url}${path}`)).status, 200, path)
    }
  }))

test('an account that asks too much is refused from wherever it asks, another is not', () =>
  withApp({ addressRate: undefined, accountRate: slow(6) }, async (app) => {
    const other = await createAccount(app, app.root)
    const path = `/Accounts.json/${app.root.sid}`
    assert.is((await send(app, app.root, 'GET', path)).headers.get('ratelimit-remaining'), '0')
    for (const answer of [
      await send(app, app.root, 'GET', path),
      await call(app, app.root, 'GET', '/Accounts.json'),
      await ask(app, app.root, 'GET', '/token_auth'),
    ]) {
      assert.is(answer.status, 429)
    }
    assert.is((await send(app, other, 'GET', `/Accounts.json/${other.sid}`)).status, 200)
  }))

test('what is told is of the bucket that is nearest to empty', () =>
  withApp({ addressRate: slow(1000), accountRate: slow(100) }, async (app) => {
    const { headers } = await send(app, app.root, 'GET', `/Accounts.json/${app.root.sid}`)
    assert.is(headers.get('ratelimit-limit'), '100')
  }))

test('behind a listed proxy each client has its own bucket, and nobody can choose another one', () =>
  withApp(
    {
      addressRate: slow(5),
      accountRate: undefined,
      behindProxy: [{ address: '127.0.0.1', prefix: 32, family: 'ipv4' }],
    },
    async (app) => {
      const as = async (forwarded: string) => {
        const headers = {
          Authorization: basic(app.root.sid, app.root.token),
          'X-Forwarded-For': forwarded,
        }
        return (await fetch(`${app.url}/2012-04-24/Accounts.json`, { headers })).status
      }
      const answers = []
      for (let asked = 0; asked < 6; asked += 1) {
        answers.push(await as(`203.0.113.${asked}, 198.51.100.1`))
      }
      assert.equal(answers, [200, 200, 200, 200, 200, 429])
      assert.is(await as('198.51.100.2'), 200)
    },
  ))

test('no limit is told where there is none', () =>
  withApp({ addressRate: undefined, accountRate: undefined }, async (app) => {
    const { headers } = await send(app, app.root, 'GET', `/Accounts.json/${app.root.sid}`)
    assert.is(headers.get('ratelimit-limit'), null)
  }))

test.run()
