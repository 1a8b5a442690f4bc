import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from '../../lib/config.ts'
import { createMetrics } from '../../routes/metrics.ts'
import { createAccount, send } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

const proxy = { address: '127.0.0.1', prefix: 32, family: 'ipv4' } as const
const network = { address: '203.0.113.0', prefix: 24, family: 'ipv4' } as const

test('requests are counted by dialect, pattern of the route and status', async () => {
  await withApp({}, async (app) => {
    const { sid } = await createAccount(app, app.root)
    for (const path of [`/Accounts/${sid}`, `/Accounts.json/${sid}`, '/Accounts/nobody']) {
      await send(app, app.root, 'GET', path)
    }
    await send(app, app.root, 'PUT', `/Accounts/${sid}`, {})
    await send(app, app.root, 'POST', `/Accounts/migrate/${sid}`, {})
    await send(app, app.root, 'GET', '/Nowhere')
    await send(app, undefined, 'GET', '/Accounts')
    await send(app, app.root, 'DELETE', `/Accounts/${sid}`)
    await fetch(`${app.url}/health`)
    await fetch(`${app.url}/nowhere`)
    const expected = {
      'restcomm POST /Accounts 200': 1,
      'restcomm GET /Accounts/:id 200': 2,
      'restcomm GET /Accounts/:id 404': 1,
      'restcomm PUT /Accounts/:id 200': 1,
      'restcomm POST /Accounts/migrate/:id 412': 1,
      'restcomm none 404': 1,
      'restcomm none 401': 1,
      'operations GET /health 200': 1,
      'operations none 404': 1,
    }
    const text = await settled(app, 11)
    const counted = requestCounts(text)
    for (const [what, count] of Object.entries(expected)) {
      assert.is(counted.get(what), count, `${what}\n${[...counted.keys()].join('\n')}`)
    }
    const deleted = [...counted].filter(([what]) => what.endsWith(' 405'))
    assert.is(deleted.length, 1)
    assert.match(String(deleted[0]), '/Accounts/:id')
  })
})

test('the time of requests is measured for each dialect', async () => {
  await withApp({}, async (app) => {
    for (let request = 0; request < 3; request += 1) {
      await send(app, app.root, 'GET', '/Accounts')
    }
    const text = await settled(app, 3)
    const series = 'strowger_request_seconds'
    assert.is(figure(text, `${series}_count{dialect="restcomm"}`), 3)
    assert.ok(Number(figure(text, `${series}_sum{dialect="restcomm"}`)) > 0)
    assert.is(figure(text, `${series}_bucket{le="+Inf",dialect="restcomm"}`), 3)
    const buckets = text.split('\n').filter((line) => line.startsWith(`${series}_bucket{`))
    assert.ok(buckets.length > 5)
  })
})

test('refused logins are counted by their reason', async () => {
  await withApp({ throttle: true }, async (app) => {
    const suspended = await createAccount(app, app.root, { Status: 'suspended' })
    const wrong = { ...app.root, token: '0'.repeat(32) }
    await send(app, suspended, 'GET', '/Accounts')
    for (let tries = 0; tries < 13; tries += 1) {
      await send(app, wrong, 'GET', '/Accounts')
    }
    await send(app, undefined, 'GET', '/Accounts')
    const text = await settled(app, 16)
    for (const [reason, count] of [
      ['inactive', 1],
      ['credentials', 10],
      ['throttled', 3],
    ]) {
      assert.is(figure(text, `strowger_failed_logins_total{reason="${reason}"}`), count, text)
    }
  })
})

test('the time of each method of the store is measured', async () => {
  await withApp({}, async (app) => {
    const before = await settled(app, 0)
    const { sid } = await createAccount(app, app.root)
    await send(app, app.root, 'PUT', `/Accounts/${sid}`, { FriendlyName: 'x' })
    await send(app, app.root, 'GET', '/Accounts')
    const after = await settled(app, 3)
    for (const method of ['readForRequest', 'insertAccount', 'changeAccount', 'childrenPage']) {
      const name = `strowger_store_seconds_count{method="${method}"}`
      assert.ok(Number(figure(after, name)) > Number(figure(before, name) ?? 0), method)
      const sum = `strowger_store_seconds_sum{method="${method}"}`
      assert.ok(Number(figure(after, sum)) > 0)
    }
  })
})

test('events that wait and that were given up are counted as they are now', async () => {
  await withApp({}, async (app) => {
    const series = (state: string) => `strowger_webhook_deliveries{state="${state}"}`
    const counted = async () => {
      const text = await settled(app, 0)
      return ['pending', 'failed'].map((state) => figure(text, series(state)))
    }
    assert.equal(await counted(), [0, 0])
    const webhooks = `/Accounts.json/${app.root.sid}/Webhooks`
    const form = { Url: 'http://127.0.0.1:9/', Events: 'account.change' }
    const made = Object((await send(app, app.root, 'POST', webhooks, form)).json())
    for (const FriendlyName of ['A', 'B']) {
      await send(app, app.root, 'PUT', `/Accounts/${app.root.sid}`, { FriendlyName })
    }
    assert.equal(await counted(), [2, 0])
    await send(app, app.root, 'PUT', `${webhooks}/${made.sid}`, { Enabled: 'false' })
    assert.equal(await counted(), [0, 2])
  })
})

test('when the store does not answer the other figures are told', async () => {
  const text = await createMetrics(() => Promise.reject(new Error('the disk is gone'))).text()
  assert.match(text, /^process_cpu_seconds_total /m)
  assert.not.match(text, /^strowger_webhook_deliveries\{/m)
})

test('the figures are for clients of this machine', async () => {
  await withApp({ behindProxy: [proxy] }, async (app) => {
    for (const [forwarded, status] of [
      [undefined, 200],
      ['127.0.0.1', 200],
      ['::1', 200],
      ['203.0.113.9', 403],
      ['2001:db8::1', 403],
      ['127.0.0.1, 203.0.113.9', 403],
      ['203.0.113.9, 127.0.0.1', 403],
    ] as const) {
      const reply = await metrics(app, forwarded)
      assert.is(reply.status, status, forwarded)
    }
    const reply = await metrics(app, '203.0.113.9')
    assert.is(reply.headers.get('content-type'), 'application/json')
    assert.equal(Object.keys(JSON.parse(await reply.text())), ['message'])
  })
})

test('listed addresses may read them too', async () => {
  await withApp({ behindProxy: [proxy], metricsFrom: [network] }, async (app) => {
    assert.is((await metrics(app, '203.0.113.9')).status, 200)
    assert.is((await metrics(app, '::ffff:203.0.113.9')).status, 200)
    assert.is((await metrics(app, '203.0.114.9')).status, 403)
    // The last is what the proxy itself saw; what stands before it anyone may have written.
    assert.is((await metrics(app, '198.51.100.7, 203.0.113.9')).status, 200)
    assert.is((await metrics(app, '203.0.113.9, 198.51.100.7')).status, 403)
    assert.is((await metrics(app)).status, 200)
  })
})

test('who is not behind a listed proxy is believed by its own address only', async () => {
  await withApp({}, async (app) => {
    assert.is((await metrics(app, '203.0.113.9')).status, 200)
  })
  await withApp({ behindProxy: [network] }, async (app) => {
    assert.is((await metrics(app, '203.0.113.9')).status, 200)
  })
})

test('the figures are in the form of Prometheus', async () => {
  await withApp({}, async (app) => {
    const reply = await metrics(app)
    assert.match(String(reply.headers.get('content-type')), /^text\/plain; version=0\.0\.4/)
    const text = await reply.text()
    for (const line of text.trimEnd().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? [^ ]+|)$/)
    }
    assert.match(text, /^process_cpu_seconds_total /m)
  })
})

test('nothing that a client chooses becomes a label, and no number of paths makes more series', async () => {
  await withApp({}, async (app) => {
    const { sid, email, token } = await createAccount(app, app.root)
    await sendChosenTexts(app, 0)
    const before = seriesOf(await settled(app, 1 + 9))
    for (let round = 1; round < 5; round += 1) {
      await sendChosenTexts(app, round)
    }
    const text = await settled(app, 1 + 5 * 9)
    assert.equal(seriesOf(text), before)
    const chosen = ['chosen', 'PROPFIND', sid, app.root.sid, email, token, app.root.token]
    assert.equal(
      chosen.filter((word) => text.includes(word)),
      [],
    )
  })
})

/** Nine requests with texts of the client in every place. */
async function sendChosenTexts(app: TestApp, round: number): Promise<void> {
  const text = `chosen${round}`
  const headers = { 'X-Request-ID': text, 'User-Agent': text }
  await fetch(`${app.url}/${text}`, { headers })
  await fetch(`${app.url}/${text}/Accounts?${text}=1`, { method: 'POST' })
  await send(app, app.root, 'GET', `/${text}`, undefined, headers)
  await send(app, app.root, 'GET', `/Accounts/${text}/Calls`)
  await send(app, app.root, 'GET', `/Accounts/${text}@example.com`)
  await send(app, app.root, 'PUT', `/Accounts/${text}`, { [text]: text })
  await send(app, app.root, 'PROPFIND', `/Accounts/${text}`)
  await send(app, app.root, 'GET', `/Accounts/%zz${text}`)
  await send(app, { ...app.root, sid: text }, 'GET', '/Accounts')
}

async function withApp(config: Partial<Config>, run: (app: TestApp) => Promise<void>) {
  const app = await startApp({ config })
  try {
    await run(app)
  } finally {
    await app.stop()
  }
}

function metrics(app: TestApp, forwardedFor?: string): Promise<Response> {
  return fetch(`${app.url}/metrics`, {
    headers: { ...(forwardedFor !== undefined && { 'X-Forwarded-For': forwardedFor }) },
  })
}

/** The figures once they hold so many requests beside those for themselves: a request is counted a moment after its answer. */
async function settled(app: TestApp, requests: number): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const text = await (await metrics(app)).text()
    const counts = [...requestCounts(text)].filter(([what]) => !what.includes('/metrics'))
    if (counts.reduce((sum, [, count]) => sum + count, 0) >= requests) {
      return text
    }
    await delay(5)
  }
  throw new Error(`fewer than ${requests} requests were counted`)
}

/** How often each dialect, route and status was counted. */
function requestCounts(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const line = /^strowger_requests_total\{([^}]*)\} (\d+)$/gm
  for (const [, labels = '', count] of text.matchAll(line)) {
    const label = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(labels)?.[1]
    counts.set(`${label('dialect')} ${label('route')} ${label('status')}`, Number(count))
  }
  return counts
}

/** The value of one series; undefined when there is none. */
function figure(text: string, series: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

/** The names of our own series with their labels, without those for the figures themselves. */
function seriesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^strowger_\w+_(total|count)\{/.test(line))
  const names = lines.map((line) => line.slice(0, line.lastIndexOf(' ')))
  return names.filter((name) => !name.includes('/metrics')).sort()
}

test.run()
