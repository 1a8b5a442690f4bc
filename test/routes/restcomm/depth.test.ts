import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from '../../../lib/config.ts'
import { base, basic, createAccount, type Reply, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

const tooDeep = 'This account is not allowed to have sub-accounts'

test('a tree has sixteen levels by default', async () => {
  await withTree({}, 16, async () => {})
})

test('the number of levels is a setting', async () => {
  for (const maxDepth of [2, 5, 20]) {
    await withTree({ maxDepth }, maxDepth, async () => {})
  }
})

test('with --compat restcomm a tree has three levels, whatever is set', async () => {
  for (const maxDepth of [16, 5]) {
    await withTree({ compat: 'restcomm', maxDepth }, 3, async () => {})
  }
})

test('an account at the last level reads, changes and lists as any other', async () => {
  await withTree({ maxDepth: 4 }, 4, async (app, levels) => {
    const last = levelOf(levels, 4)
    assert.is((await send(app, last, 'GET', `/Accounts/${last.sid}`)).status, 200)
    assert.is((await send(app, last, 'GET', '/Accounts')).status, 200)
    const change = { FriendlyName: 'deep' }
    for (const caller of levels) {
      assert.is((await send(app, caller, 'PUT', `/Accounts/${last.sid}`, change)).status, 200)
    }
    const suspended = await send(app, app.root, 'PUT', `/Accounts.json/${levels[1]?.sid}`, {
      Status: 'suspended',
    })
    assert.is(suspended.status, 200)
    assert.is((await send(app, last, 'GET', '/Accounts')).status, 403)
  })
})

test('a create that would go too deep is refused before its form is looked at', async () => {
  await withTree({ maxDepth: 2 }, 2, async (app, levels) => {
    const { sid, token } = levelOf(levels, 2)
    for (const body of ['', 'EmailAddress=nobody', 'Status=%zz', 'a=1&a=2', 'x[]=1']) {
      const reply = await fetch(`${app.url}${base}/Accounts.json`, {
        method: 'POST',
        headers: {
          Authorization: basic(sid, token),
          'Content-Type': 'application/x-www-form-urlencoded',
        },
        body,
      })
      assert.is(reply.status, 400)
      assert.is(JSON.parse(await reply.text()).message, tooDeep, body)
    }
  })
})

test('who may not create at all is told that, and not how deep the tree is', async () => {
  await withTree({ maxDepth: 2 }, 2, async (app, levels) => {
    const last = levelOf(levels, 2)
    for (const [Role, status] of [
      ['Developer', 400],
      ['User', 403],
      ['Guest', 403],
    ] as const) {
      await send(app, app.root, 'PUT', `/Accounts/${last.sid}`, { Role })
      assert.is((await create(app, last)).status, status, Role)
    }
  })
})

/** Fills a tree to its last level and sees that it goes no deeper, in either form. */
async function withTree(
  config: Partial<Config>,
  depth: number,
  run: (app: TestApp, levels: readonly Login[]) => Promise<void>,
): Promise<void> {
  const app = await startApp({ config })
  try {
    const levels: Login[] = [app.root]
    while (levels.length < depth) {
      levels.push(await createAccount(app, levelOf(levels, levels.length)))
    }
    const last = levelOf(levels, depth)
    const inXml = await create(app, last)
    assert.is(inXml.status, 400)
    const element = `<RestcommResponse><Message>${tooDeep}</Message></RestcommResponse>`
    assert.is(inXml.text, element)
    const inJson = await create(app, last, '.json')
    assert.is(inJson.text, JSON.stringify({ message: tooDeep }))
    await run(app, levels)
  } finally {
    await app.stop()
  }
}

function create(app: TestApp, login: Login, suffix = ''): Promise<Reply> {
  return send(app, login, 'POST', `/Accounts${suffix}`, {
    EmailAddress: 'too.deep@example.com',
    Password: 'correct horse',
  })
}

/** The account at a level; the root is at level 1. */
function levelOf(levels: readonly Login[], level: number): Login {
  const login = levels[level - 1]
  if (login === undefined) {
    throw new Error(`the tree has no level ${level}`)
  }
  return login
}

test.run()
