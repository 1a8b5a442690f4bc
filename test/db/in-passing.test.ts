import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import type { PlacedAccount } from '../../db/store.ts'
import { addBelow, auditOn, plantRoot } from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('what is read in passing is not kept, and what is kept is given in passing too', async () => {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  const root = await plantRoot(store)
  const { sid } = await addBelow(store, root)
  const page = { limit: 10, ascending: true }
  const lists: readonly ((inPassing: boolean) => Promise<readonly PlacedAccount[]>)[] = [
    (inPassing) => store.childrenPage(root.sid, { ...page, inPassing }),
    async (inPassing) =>
      (await store.namedPage({ childrenOf: root.sid }, { ...page, inPassing })).accounts,
    async (inPassing) =>
      (await store.namedPage({ below: root.path }, { ...page, inPassing })).accounts,
  ]
  for (const list of lists) {
    const [passed] = await list(true)
    // What is asked for again is kept.
    await store.findAccounts([{ sid }])
    const [kept] = await store.findAccounts([{ sid }])
    assert.equal(passed, kept)
    assert.ok(passed !== kept)
    assert.ok((await list(true))[0] === kept)
    await store.changeAccount(kept?.lineage ?? [], {}, auditOn(sid))
    const [read] = await list(false)
    assert.ok((await store.findAccounts([{ sid }]))[0] === read)
    await store.changeAccount(read?.lineage ?? [], {}, auditOn(sid))
  }
  await store.close()
  await folder.remove()
})

test.run()
