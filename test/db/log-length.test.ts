import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { accountAt, growTree } from '../../fixtures/large-tree.ts'
import { newSealingKey } from '../../lib/secrets.ts'
import { accountNow, addBelow, auditOn, newOrganization } from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const writes = 10

test('the log does not grow by every large write', async () => {
  const { path: folder, remove } = temporaryFolder()
  const shape = [{ times: 1, below: [{ times: 9_000 }] }]
  await growTree(folder, { shape, sealingKey: newSealingKey() })
  const store = openSqliteStore(folder)
  const { sid } = accountAt(1)
  const length = () => statSync(join(folder, 'strowger.db-wal')).size
  const lengths: number[] = []
  for (let write = 0; write < writes; write += 1) {
    const organization = newOrganization()
    await store.insertOrganization(organization, auditOn(organization.sid))
    const { lineage } = await accountNow(store, sid)
    const { outcome } = await store.migrateBranch(lineage, organization.sid, auditOn(sid))
    assert.is(outcome, 'changed')
    lengths.push(length())
  }
  const [one = 0] = lengths
  assert.ok(one > 4_000_000, String(one))
  assert.ok(Math.max(...lengths) < 2 * one, lengths.join(' '))
  await store.close()
  await remove()
})

test('nor without an end by small ones', async () => {
  const { path: folder, remove } = temporaryFolder()
  await growTree(folder, { shape: [{ times: 1 }], sealingKey: newSealingKey() })
  const store = openSqliteStore(folder)
  const root = await accountNow(store, accountAt(0).sid)
  for (let made = 0; made < 400; made += 1) {
    await addBelow(store, root)
  }
  const length = statSync(join(folder, 'strowger.db-wal')).size
  assert.ok(length < 8_000_000, String(length))
  await store.close()
  await remove()
})

test.run()
