import * as assert from 'uvu/assert'
import type { Page, PagePosition, PlacedAccount, Store } from '../../../db/store.ts'
import {
  accountNow,
  addBelow,
  auditOn,
  newAccount,
  newOrganization,
  plantRoot,
  setStatus,
} from '../../support/records.ts'
import type { Check } from './check.ts'

type ReadPage = (page: Page) => Promise<readonly PlacedAccount[]>

export function paging(check: Check): void {
  check('children come in the order of creation, closed ones too, and no others', async (store) => {
    const root = await plantRoot(store)
    const moments = [30, 10, 20, 10, 10]
    const children: PlacedAccount[] = []
    for (const createdAt of moments) {
      const child = await addBelow(store, root, { createdAt })
      await addBelow(store, child)
      children.push(await accountNow(store, child.sid))
    }
    const [first] = children
    assert.ok(first)
    children[0] = await setStatus(store, first, 'closed')
    for (const limit of [1, 2, 3, 5, 6]) {
      const pages = await readAll((page) => store.childrenPage(root.sid, page), limit)
      assert.equal(pages, children.toSorted(byCreation))
    }
    assert.equal(await store.childrenPage(first.sid, { limit: 0 }), [])
  })

  check('accounts of an organization come from every level, the root first', async (store) => {
    const root = await plantRoot(store)
    const organization = newOrganization()
    await store.insertOrganization(organization, auditOn(organization.sid))
    const child = await addBelow(store, root)
    const grandchild = await addBelow(store, child)
    const other = await addBelow(store, root)
    await store.migrateBranch(other.lineage, organization.sid, auditOn(other.sid))
    const pageOf = (sid: string) => readAll((page) => store.organizationAccountsPage(sid, page), 2)
    const sidsOf = async (sid: string) => (await pageOf(sid)).map((account) => account.sid)
    assert.equal(await sidsOf(root.organizationSid), [root.sid, child.sid, grandchild.sid])
    assert.equal(await sidsOf(organization.sid), [other.sid])
    assert.equal((await pageOf(organization.sid))[0]?.lineage.length, 2)
    assert.equal(await sidsOf('ORnobody'), [])
  })
}

export function pagingWhileRowsAreAdded(check: Check): void {
  check('pages neither repeat nor leave out an account while others are added', async (store) => {
    const root = await plantRoot(store)
    const readers: ReadPage[] = [
      (page) => store.childrenPage(root.sid, page),
      (page) => store.organizationAccountsPage(root.organizationSid, page),
      (page) => store.familyPage(root.sid, {}, page),
    ]
    for (const read of readers) {
      const present = new Set<string>()
      for (let made = 0; made < 10; made += 1) {
        present.add((await addBelow(store, root, { createdAt: 1000 + 10 * (made % 4) })).sid)
      }
      const seen: string[] = []
      let after: PagePosition | undefined
      do {
        const page = await read({ ...(after && { after }), limit: 3 })
        seen.push(...page.map(({ sid }) => sid))
        after = page.at(-1)
        if (seen.length < 30) {
          await addEverywhere(store, root, after?.createdAt ?? 0)
        }
      } while (after !== undefined)
      assert.is(new Set(seen).size, seen.length)
      assert.equal(
        [...present].filter((sid) => !seen.includes(sid)),
        [],
      )
    }
  })
}

/** Adds accounts before, at and behind a moment. */
async function addEverywhere(store: Store, root: PlacedAccount, moment: number): Promise<void> {
  for (const createdAt of [0, moment, moment + 5]) {
    const { lineage } = await accountNow(store, root.sid)
    const account = newAccount(root, { createdAt })
    await store.insertAccount(account, lineage, auditOn(account.sid))
  }
}

async function readAll(read: ReadPage, limit: number): Promise<readonly PlacedAccount[]> {
  const all: PlacedAccount[] = []
  let after: PagePosition | undefined
  do {
    const page = await read({ ...(after && { after }), limit })
    assert.ok(page.length <= limit)
    all.push(...page)
    after = page.at(-1)
  } while (after !== undefined)
  return all
}

function byCreation(one: PlacedAccount, other: PlacedAccount): number {
  return one.createdAt - other.createdAt || (one.sid < other.sid ? -1 : 1)
}
