import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { AccountStatus, PlacedAccount, Store } from '../../db/store.ts'
import { storedToken } from '../../lib/credentials.ts'
import { newAuthToken, newRealm, newSid } from '../../lib/ids.ts'
import { createSecrets, type Secrets } from '../../lib/secrets.ts'
import { send } from '../support/restcomm.ts'
import type { Login } from '../support/start-app.ts'
import { demoRoot } from '../support/start-process.ts'
import { readDatabase } from './stored.ts'
import type { Place } from './writers.ts'

export type Inserted = Login & { readonly account: PlacedAccount }

export type Insert = (parent: PlacedAccount, status?: AccountStatus) => Promise<Inserted>

/** Runs with what puts accounts straight into the store of a stopped server, and with its root account. */
export async function intoStore<T>(
  folder: string,
  run: (insert: Insert, root: PlacedAccount) => Promise<T>,
): Promise<T> {
  const key = readFileSync(join(folder, 'strowger.key'), 'utf8').trim()
  const secrets = createSecrets(Buffer.from(key, 'hex'))
  const store = openSqliteStore(folder)
  try {
    const root = await store.findRoot()
    if (root === undefined) {
      throw new Error('the folder has no root account')
    }
    return await run((parent, status) => insertBelow(store, secrets, parent, status), root)
  } finally {
    await store.close()
  }
}

async function insertBelow(
  store: Store,
  secrets: Secrets,
  parent: PlacedAccount,
  status: AccountStatus = parent.status,
): Promise<Inserted> {
  const sid = newSid('AC')
  const token = newAuthToken()
  const { organizationSid, role, type } = parent
  const result = await store.insertAccount(
    {
      ...{ sid, parentSid: parent.sid, organizationSid, role, type, status },
      ...{
        friendlyName: 'one of many',
        email: undefined,
        realm: newRealm(newSid('AC').toLowerCase()),
      },
      token: storedToken({ secrets }, sid, token),
      ...{ passwordHash: undefined, loginHash: undefined, document: {}, createdAt: Date.now() },
    },
    parent.lineage,
    { at: Date.now(), action: 'account.create', targetSid: sid, changes: {} },
  )
  if (result.outcome !== 'inserted') {
    throw new Error(`the account was not inserted: ${result.outcome}`)
  }
  return { sid, email: '', token, account: result.account }
}

/** The first column of the first row, a number. */
export function countIn(folder: string, statement: string, ...values: readonly string[]): number {
  return readDatabase(folder, (database) => {
    const row = database.prepare<string[], { number: number }>(statement).get(...values)
    return row?.number ?? 0
  })
}

/** That these are shown as closed to the root, and refused themselves with one of these statuses. */
export async function assertClosedFromNowOn(
  place: Place,
  logins: readonly Login[],
  refusals: readonly number[] = [403],
): Promise<void> {
  for (const login of logins) {
    const own = await send(place, login, 'GET', `/Accounts/${login.sid}.json`)
    assert.ok(refusals.includes(own.status), `${login.sid} was answered ${own.status}`)
    const read = await send(place, demoRoot, 'GET', `/Accounts/${login.sid}.json`)
    assert.is(JSON.parse(read.text).status, 'closed')
  }
}
