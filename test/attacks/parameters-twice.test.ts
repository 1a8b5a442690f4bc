import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, type Holder, holder, knock, stored } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// One parameter in more than one reading: a check sees the one, the work is done with the other.

let app: TestApp
let owner: Holder
test.before(async () => {
  app = await startApp()
  owner = await holder(app)
})
test.after(() => app.stop())

async function post(path: string, body: string): Promise<readonly [number, string]> {
  const response = await fetch(`${app.url}${path}`, {
    method: 'POST',
    headers: {
      Authorization: basic(owner.sid, owner.token),
      'Content-Type': 'application/x-www-form-urlencoded',
    },
    body,
  })
  return [response.status, await response.text()]
}

const crooked = [
  'FriendlyName=a&FriendlyName=b',
  'FriendlyName=a&FriendlyName=a',
  'FriendlyName=&FriendlyName=b',
  'FriendlyName=a&Friendly%4eame=b',
  'FriendlyName=a&friendlyname=b',
  'friendlyname=b',
  'FRIENDLYNAME=b',
  'friendly_name=x&Status=active&status=closed',
  'status=closed',
  'STATUS=closed',
  'FriendlyName[]=a',
  'FriendlyName%5B%5D=a',
  'FriendlyName[0]=a',
  'FriendlyName[x]=a',
  'Status[]=closed',
  'Status=active&Status[]=closed',
  'Status=active;Status=closed',
  '+Status=closed',
  'Status%20=closed',
  'Status%00=closed',
  'Status.=closed',
]

for (const base of ['/2012-04-24', '/2010-04-01']) {
  for (const body of crooked) {
    test(`${body} below ${base} is refused, or is something that nobody knows`, async () => {
      const path = `${base}/Accounts/${owner.child.sid}.json`
      const before = stored(app, [owner.child.sid]).accounts?.[0]
      const [status, text] = await post(path, body)
      const after = stored(app, [owner.child.sid]).accounts?.[0]
      assert.ok(status === 400 || status === 200, `${status} ${text}`)
      assert.equal([after?.status, after?.friendly_name], ['active', before?.friendly_name])
      if (/^(friendly|status)/i.test(body) && !/%|;|_|\./.test(body)) {
        assert.is(status, 400, 'a parameter that is nearly known was dropped without a word')
      }
      if (status === 400) {
        assert.is(after?.revision, before?.revision)
      }
    })
  }

  test(`a filter below ${base} is refused when it comes twice, as a list or in another case`, async () => {
    const names = base === '/2010-04-01' ? ['FriendlyName', 'Status'] : ['OrganizationSid']
    for (const name of names) {
      for (const query of [
        `${name}=a&${name}=b`,
        `${name}[]=a`,
        `${name}[x]=a`,
        `${name.toLowerCase()}=a`,
        `${name.toUpperCase()}=a`,
      ]) {
        const { status } = await knock(app, owner, 'GET', `${base}/Accounts.json?${query}`)
        assert.is(status, 400, query)
      }
    }
  })
}

test('a key of a new API key comes once, or no key is made', () =>
  assertNothingDone(app, async () => {
    const path = `/2010-04-01/Accounts/${owner.sid}/Keys.json`
    for (const body of [
      'Scope=read&Scope=admin',
      'Scope=read&scope=admin',
      'Reach=self&Reach=branch',
      'Reach[]=branch',
      'ExpiresAt=2030-01-01T00:00:00Z&ExpiresAt=2099-01-01T00:00:00Z',
      'expiresat=2030-01-01T00:00:00Z',
    ]) {
      assert.is((await post(path, body))[0], 400, body)
    }
  }))

test('a document whose keys come twice, or as lists, is one that is checked as it is stored', async () => {
  const path = `/v2/accounts/${idOf(owner.child.sid)}`
  const send = async (method: string, raw: string) => {
    const response = await fetch(`${app.url}${path}`, {
      method,
      headers: { Authorization: basic(owner.sid, owner.token), 'Content-Type': 'application/json' },
      body: raw,
    })
    return [response.status, await response.text()] as const
  }
  await assertNothingDone(app, async () => {
    for (const raw of [
      '{"data":{"name":["a"]}}',
      '{"data":{"name":{"a":1}}}',
      '{"data":{"enabled":["false"]}}',
      '{"data":[{"name":"a"}]}',
      '[{"data":{"name":"a"}}]',
      '{"data":{"name":"a"},"__proto__":{"x":1}}',
      '{"data":{"name":"a","__proto__":{"enabled":false}}}',
      '{"data":{"name":"a","realm":["x"]}}',
    ]) {
      const [status, text] = await send('PATCH', raw)
      assert.is(status, 400, `${raw}: ${text}`)
    }
  })
  const twice = '{"data":{"name":"x"},"data":{"name":"the last one"}}'
  const [status, text] = await send('PATCH', twice)
  assert.is(status, 200, text)
  const [row] = stored(app, [owner.child.sid]).accounts ?? []
  assert.is(JSON.parse(text).data.name, row?.friendly_name)
})

test('an id in another letter case, or with a tail, is another id', async () => {
  for (const [who, refusal] of [
    [owner, [403, 404, 403]],
    [app.root, [404, 404, 404]],
  ] as const) {
    for (const twist of [
      (sid: string) => sid.toUpperCase(),
      (sid: string) => sid.toLowerCase(),
      (sid: string) => `${sid}%00`,
      (sid: string) => `${sid}%20`,
      (sid: string) => `${sid}%2e`,
    ]) {
      const [sid, id] = [twist(owner.child.sid), twist(idOf(owner.child.sid))]
      const isSame = id === idOf(owner.child.sid)
      const answers = [
        await knock(app, who, 'GET', `/2012-04-24/Accounts/${sid}`),
        await knock(app, who, 'GET', `/2010-04-01/Accounts/${sid}.json`),
        await knock(app, who, 'GET', `/v2/accounts/${id}`),
      ].map(({ status }) => status)
      assert.equal(answers.slice(0, 2), refusal.slice(0, 2), sid)
      assert.is(answers[2], isSame ? 200 : refusal[2], id)
    }
  }
})

test.run()
