import * as assert from 'uvu/assert'
import { ask, pathOf } from './crossbar.ts'
import { send } from './restcomm.ts'
import { storedRows } from './stored-rows.ts'
import { isClosed, upwards } from './tree-model.ts'
import type { Person, World } from './tree-world.ts'

/** Those who came by Crossbar have no password, and get another token. */
export async function noteNewTokens(
  { app, people }: World,
  reopened: Person | undefined,
): Promise<void> {
  for (const person of people.filter(({ login }) => login.email === '')) {
    const { login } = person
    if (reopened && upwards(person.model).includes(reopened.model) && !isClosed(person.model)) {
      const old = await send(app, login, 'GET', `/Accounts/${login.sid}`)
      assert.is(old.status, 401, 'an AuthToken has outlived the close')
      const { data } = await ask(app, people[0]?.login, 'GET', pathOf(login, '/api_key'))
      person.login = { ...login, token: String(data.api_key) }
    }
  }
}

/** All that is kept of the accounts of a branch, but for what a reopening changes and a move above. */
export function branchRows({ app }: World, { login }: Person): readonly object[] {
  const rows = storedRows(app.folder, ['accounts'], renewed)
  return rows
    .filter(({ path }) => String(path).includes(`${login.sid}/`))
    .map(({ path: _path, ...row }) => row)
}

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
