import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as assert from 'uvu/assert'
import { isAuthToken, newCallflowId, newSid } from '../../lib/ids.ts'
import { ask, pathOf } from './crossbar.ts'
import { send } from './restcomm.ts'
import { storedRows } from './stored-rows.ts'
import { isClosed, upwards } from './tree-model.ts'
import type { Person, World } from './tree-world.ts'

/** Those who log in by their AuthToken, who came by Crossbar and were given no password, get another. */
export async function noteNewTokens(
  { app, people }: World,
  reopened: Person | undefined,
): Promise<void> {
  for (const person of people.filter(({ login }) => isAuthToken(login.token))) {
    const { login } = person
    if (reopened && upwards(person.model).includes(reopened.model) && !isClosed(person.model)) {
      const old = await send(app, login, 'GET', `/Accounts/${login.sid}`)
      assert.is(old.status, 401, 'an AuthToken has outlived the close')
      const { data } = await ask(app, people[0]?.login, 'GET', pathOf(login, '/api_key'))
      person.login = { ...login, token: String(data.api_key) }
    }
  }
}

/** All that is kept of a branch, but for what a reopening changes and a move above. */
export function branchRows({ app }: World, { login }: Person): readonly object[] {
  const accounts = storedRows(app.folder, ['accounts'], renewed)
    .filter(({ path }) => String(path).includes(`${login.sid}/`))
    .map(({ path: _path, ...row }) => row)
  const sids = new Set(accounts.map(({ sid }) => sid))
  const owned = storedRows(app.folder, ['api_keys', 'callflows', 'callflow_numbers'])
  return [...accounts, ...owned.filter(({ account_sid: sid }) => sids.has(sid))]
}

/** Puts an API key and a callflow with a number into an account, past the program and its audit. */
export function plantKeyAndCallflow({ app }: World, sid: string): void {
  const database = new Database(join(app.folder, 'strowger.db'))
  const values = { sid, key: newSid('SK'), callflow: newCallflowId() }
  try {
    for (const statement of planted) {
      database.prepare(statement).run(values)
    }
  } finally {
    database.close()
  }
}

const planted = [
  `INSERT INTO api_keys (
     sid, account_sid, friendly_name, secret_digest, scope, reach, created_at, updated_at
   )
   VALUES (@key, @sid, 'planted', CAST(@key AS BLOB), 'read', 'self', 1, 1)`,
  `INSERT INTO callflows (id, account_sid, document, created_at, updated_at, revision)
   VALUES (@callflow, @sid, '{"numbers":["100"],"flow":{"module":"play","data":{}}}', 1, 1, 1)`,
  `INSERT INTO callflow_numbers (account_sid, kind, value, callflow_id)
   VALUES (@sid, 'number', '100', @callflow)`,
]

const renewed = [
  ...['sealed_token', 'token_digest', 'updated_at', 'revision'],
  // Of the sweep, and of moves and migrations of what is above.
  ...['closed_by', 'organization_sid'],
]

/** Keeps how a branch was when it was closed, and compares that with how it is once it is reopened. */
export function assertGivenBack(
  world: World,
  target: Person,
  closed: readonly object[] | undefined,
): void {
  const { closedAs } = world
  const before = closedAs.get(target)
  if (closed === undefined && before !== undefined) {
    assert.equal(branchRows(world, target), before)
  }
  if (closed !== undefined) {
    closedAs.set(target, closed)
  }
}
