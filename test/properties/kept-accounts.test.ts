import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountRows } from '../../db/sqlite/accounts.ts'
import { prepareConnection } from '../../db/sqlite/connection.ts'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { AccountChange, AuditEntry, PlacedAccount, Store } from '../../db/store.ts'
import { effectiveStatus } from '../../lib/account-status.ts'
import { newRealm, newSid } from '../../lib/ids.ts'
import {
  accountNow,
  auditOn,
  newAccount,
  newOrganization,
  newToken,
  plantRoot,
} from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// The store keeps accounts that it has read. Whatever is written, and whatever of it fails or is
// taken back, it gives them as one who reads the file anew.

const changes: readonly (() => AccountChange)[] = [
  () => ({ friendlyName: newSid('AC') }),
  () => ({ status: 'suspended' }),
  () => ({ status: 'active' }),
  () => ({ status: 'closed' }),
  () => ({ role: 'Guest' }),
  () => ({ token: newToken(), secondaryToken: null }),
  () => ({ secondaryToken: { ...newToken(), createdAt: 1 } }),
  () => ({ passwordHash: newSid('AC'), loginHash: null }),
  () => ({ realm: newRealm('example.com') }),
  () => ({ isReseller: true }),
  () => ({ isReseller: false }),
  () => ({ document: { is: newSid('AC') } }),
]

type World = { readonly store: Store; readonly sids: string[]; readonly organizations: string[] }
type Step = {
  readonly kind: 'insert' | 'change' | 'move' | 'migrate' | 'sweep' | 'reopen' | 'byHand'
  readonly one: number
  readonly other: number
  readonly which: number
  readonly fails: boolean
}

const number = fc.nat({ max: 1_000 })
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'insert',
    'insert',
    'change',
    'change',
    'move',
    'migrate',
    'sweep',
    'reopen',
    'byHand',
  ),
  one: number,
  other: number,
  which: number,
  fails: fc.nat({ max: 3 }).map((turn) => turn === 0),
})

test('what is kept of accounts is what stands in the file, whatever was written or failed', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), run), {
    numRuns: 30,
  })
})

async function run(steps: readonly Step[]): Promise<void> {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  const root = await plantRoot(store)
  const beside = new Database(join(folder.path, 'strowger.db'))
  prepareConnection(beside)
  beside.exec(`
    CREATE TRIGGER refused BEFORE INSERT ON audit WHEN NEW.action = 'refused'
    BEGIN
      SELECT RAISE(ABORT, 'refused');
    END
  `)
  const anew = accountRows(beside)
  const organization = newOrganization()
  await store.insertOrganization(organization, auditOn(organization.sid))
  const world = { store, sids: [root.sid], organizations: [root.organizationSid, organization.sid] }
  for (const each of steps) {
    await take(world, each, beside).catch((error: unknown) => {
      assert.match(String(error), 'refused')
    })
    if (each.kind === 'byHand') {
      // What another program has written may go unseen for ten milliseconds.
      await pause(11)
    }
    const found = await store.findAccounts(world.sids.map((sid) => ({ sid })))
    assert.equal(
      found,
      world.sids.map((sid) => anew.find({ sid })),
    )
  }
  beside.close()
  await store.close()
  await folder.remove()
}

async function take(world: World, step: Step, beside: Database.Database): Promise<void> {
  const { store, sids, organizations } = world
  const pick = <Item>(list: readonly Item[], at: number): Item => {
    const item = list[at % list.length]
    assert.ok(item !== undefined)
    return item
  }
  const one = await accountNow(store, pick(sids, step.one))
  const other = await accountNow(store, pick(sids, step.other))
  const entry = auditOn(one.sid, step.fails ? { action: 'refused' } : {})
  const areLiving = [one, other].every(({ lineage }) => effectiveStatus(lineage) !== 'closed')
  if (!areLiving && ['insert', 'change', 'move', 'migrate'].includes(step.kind)) {
    return
  }
  switch (step.kind) {
    case 'insert': {
      const account = newAccount(one)
      await store.insertAccount(account, one.lineage, entry)
      sids.push(account.sid)
      break
    }
    case 'change':
      if (one.parentSid !== undefined) {
        await store.changeAccount(one.lineage, pick(changes, step.which)(), entry)
      }
      break
    case 'move':
      await move(store, one, other, entry)
      break
    case 'migrate':
      await store.migrateBranch(one.lineage, pick(organizations, step.which), entry)
      break
    case 'sweep':
      await store.sweepClosedBranches(1 + (step.which % 3))
      break
    case 'reopen': {
      const terms = { limit: 2, uniqueNames: false, newToken }
      await store.reopenBranch(one.lineage, { ...terms, maxChildren: 100 }, entry)
      break
    }
    case 'byHand':
      beside.prepare('UPDATE accounts SET revision = revision + 1 WHERE sid = ?').run(one.sid)
      break
  }
}

async function move(store: Store, one: PlacedAccount, other: PlacedAccount, entry: AuditEntry) {
  if (one.parentSid !== undefined && !other.path.startsWith(one.path)) {
    const limits = { maxDepth: 16, maxChildren: 100 }
    await store.moveBranch(one.lineage, other.lineage, limits, entry)
  }
}

test.run()
