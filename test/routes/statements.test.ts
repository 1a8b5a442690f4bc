import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { holder, knock, type Operation, operationsOf, pathWith } from '../support/attacks.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

const hostile = `x' OR 1=1); DROP TABLE accounts; --"`

/** Every text of SQL that is compiled while `run` runs, by whatever way better-sqlite3 has. */
async function compiledWhile(run: () => Promise<void>): Promise<readonly string[]> {
  const texts: string[] = []
  const { prototype } = Database
  const { prepare, exec, pragma } = prototype
  const noted = <Method extends (...args: never[]) => unknown>(method: Method): Method =>
    new Proxy(method, {
      apply(target, self, args: unknown[]) {
        texts.push(String(args[0]).trim())
        return Reflect.apply(target, self, args)
      },
    })
  Object.assign(prototype, { prepare: noted(prepare), exec: noted(exec), pragma: noted(pragma) })
  await run().finally(() => Object.assign(prototype, { prepare, exec, pragma }))
  return texts
}

const inPath = encodeURIComponent(hostile)
const hostileIds = { sid: inPath, key: inPath, callflow: inPath }

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('no statement is made of a request: all are compiled before the first one comes', async () => {
  const owner = await holder(app)
  const operations = await operationsOf(app)
  const statuses = new Set<number>()
  const compiled = await compiledWhile(async () => {
    for (const operation of operations) {
      for (const ids of [{ ...owner, key: owner.key.sid }, hostileIds]) {
        const path = pathWith(operation, ids)
        statuses.add(await sendHostile(operation, path))
      }
    }
  })
  assert.ok(operations.length > 50 && statuses.has(200) && statuses.has(400))
  assert.equal(
    compiled.filter((text) => !text.startsWith('wal_checkpoint')),
    [],
  )
})

test('a statement that is compiled behind the start is seen by this test', async () => {
  const compiled = await compiledWhile(async () => {
    assert.is((await knock(app, undefined, 'GET', '/ready')).status, 200)
  })
  assert.ok(compiled.includes('BEGIN IMMEDIATE; ROLLBACK'))
  assert.ok(compiled.some((text) => text.startsWith('SELECT')))
})

test('a text that is SQL is stored, found and sorted as the text that it is', async () => {
  const form = { FriendlyName: hostile }
  const made = await knock(app, app.root, 'POST', '/2010-04-01/Accounts.json', { form })
  assert.is(made.status, 201)
  const query = { FriendlyName: hostile }
  const found = await knock(app, app.root, 'GET', '/2010-04-01/Accounts.json', { query })
  const { accounts } = JSON.parse(found.text)
  assert.equal(
    accounts.map((account: { friendly_name: string }) => account.friendly_name),
    [hostile],
  )
})

async function sendHostile({ method, query, form, takesJson }: Operation, path: string) {
  const given = (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, hostile]))
  const data = { name: hostile, realm: hostile, numbers: [hostile], [hostile]: hostile, flow: {} }
  const { status } = await knock(app, app.root, method, path, {
    query: given(query),
    ...(form && { form: given(form) }),
    ...(takesJson && { data }),
  })
  return status
}

test.run()
