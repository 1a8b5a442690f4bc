import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { startApp, type TestApp } from '../../support/start-app.ts'
import {
  ask,
  base,
  createSubaccount,
  type PageJson,
  pageOf,
  pathOf,
  type Subaccount,
  send,
} from '../../support/twilio.ts'

/** What happens to the family of an account while a client pages through it. */
type Event =
  | { readonly does: 'create'; readonly later: number }
  | { readonly does: 'active' | 'suspended' | 'closed'; readonly at: number }

type Plan = {
  readonly begin: readonly Event[]
  /** Before each further page. */
  readonly meanwhile: readonly (readonly Event[])[]
  readonly pageSize: number
  readonly filter: 'active' | 'suspended' | 'closed' | undefined
}

let app: TestApp
let now = Date.UTC(2026, 0, 2)
test.before(async () => {
  app = await startApp({ now: () => now })
})
test.after(() => app.stop())

const event: fc.Arbitrary<Event> = fc.oneof(
  // Nothing later: several accounts of one millisecond, in an order that chance has chosen.
  fc.record({ does: fc.constant('create' as const), later: fc.nat({ max: 1 }) }),
  fc.record({ does: fc.constantFrom('active', 'suspended', 'closed'), at: fc.nat({ max: 11 }) }),
)

const plan: fc.Arbitrary<Plan> = fc.record({
  begin: fc.array(event, { maxLength: 12, size: 'max' }),
  meanwhile: fc.array(fc.array(event, { maxLength: 3, size: 'max' }), {
    maxLength: 5,
    size: 'max',
  }),
  pageSize: fc.integer({ min: 1, max: 4 }),
  filter: fc.constantFrom(undefined, 'active', 'suspended', 'closed'),
})

for (const direction of ['next_page_uri', 'previous_page_uri'] as const) {
  const way = direction === 'next_page_uri' ? 'forward' : 'backward'

  test(`paging ${way} through changing accounts neither repeats nor drops one`, async () => {
    const property = fc.asyncProperty(plan, (given) => pageThrough(given, direction))
    await fc.assert(property, { numRuns: 40 })
  })
}

async function pageThrough(
  { begin, meanwhile, pageSize, filter }: Plan,
  direction: 'next_page_uri' | 'previous_page_uri',
): Promise<void> {
  const family = await Family.plant(filter)
  await family.meet(begin)
  const query = `PageSize=${pageSize}${filter === undefined ? '' : `&Status=${filter}`}`
  const start = await startOf(family, `${base}/Accounts.json?${query}`, direction)
  const listed = family.watch()
  const shown: string[] = []
  const events = [...meanwhile]
  for (let page: PageJson | undefined = start; page !== undefined; ) {
    shown.push(...sidsOf(page, direction))
    await family.meet(events.shift() ?? [])
    const link: string | null = page[direction]
    page = link === null ? undefined : await family.page(link)
    assert.ok(shown.length < 200, 'the links lead in a circle')
  }
  assert.is(new Set(shown).size, shown.length, 'an account was repeated')
  const beyondStart = direction === 'next_page_uri' ? [] : await family.behind(start)
  const missing = listed
    .always()
    .filter((sid) => !shown.includes(sid) && !beyondStart.includes(sid))
  assert.equal(missing, [], 'accounts were dropped')
  assert.equal(
    shown.filter((sid) => !listed.ever().includes(sid)),
    [],
    'accounts were shown that the filter leaves out',
  )
}

/** The first page, or the last one for who is to go backward. */
async function startOf(family: Family, path: string, direction: string): Promise<PageJson> {
  let page = await family.page(path)
  while (direction === 'previous_page_uri' && page.next_page_uri !== null) {
    page = await family.page(page.next_page_uri)
  }
  return page
}

/** An account with its children, what becomes of them, and which of them the filter lets through. */
class Family {
  readonly #parent: Subaccount
  readonly #children: { readonly sid: string; status: string }[] = []
  readonly #filter: string | undefined
  #watched: { readonly always: Set<string>; readonly ever: Set<string> } | undefined

  constructor(parent: Subaccount, filter: string | undefined) {
    this.#parent = parent
    this.#filter = filter
  }

  static async plant(filter: string | undefined): Promise<Family> {
    return new Family(await createSubaccount(app, app.root), filter)
  }

  async page(path: string): Promise<PageJson> {
    return pageOf(await ask(app, this.#parent, 'GET', path))
  }

  async meet(events: readonly Event[]): Promise<void> {
    for (const met of events) {
      await this.#happen(met)
      this.#note()
    }
  }

  /** From now on: what fits the filter all the time, and what does at any time. */
  watch() {
    const fitting = this.#fitting()
    const watched = { always: new Set(fitting), ever: new Set(fitting) }
    this.#watched = watched
    return { always: () => [...watched.always], ever: () => [...watched.ever] }
  }

  /** The accounts that lie behind a page, which who goes backward from it never comes to. */
  async behind({ accounts, uri }: PageJson): Promise<string[]> {
    const last = accounts?.at(-1)
    const all = await this.page(`${uri.split('?')[0]}?PageSize=1000`)
    const sids = sidsOf(all, 'next_page_uri')
    return last === undefined ? sids : sids.slice(sids.indexOf(last.sid) + 1)
  }

  async #happen(met: Event): Promise<void> {
    if (met.does === 'create') {
      now += met.later
      const { sid } = await createSubaccount(app, this.#parent)
      this.#children.push({ sid, status: 'active' })
      return
    }
    const child = this.#children[met.at]
    if (child !== undefined && child.status !== 'closed') {
      child.status = met.does
      await send(app, this.#parent, 'POST', pathOf(child), { Status: met.does })
    }
  }

  #fitting(): string[] {
    return [{ sid: this.#parent.sid, status: 'active' }, ...this.#children]
      .filter(({ status }) => this.#filter === undefined || status === this.#filter)
      .map(({ sid }) => sid)
  }

  #note(): void {
    const fitting = this.#fitting()
    for (const sid of this.#watched?.always ?? []) {
      if (!fitting.includes(sid)) {
        this.#watched?.always.delete(sid)
      }
    }
    for (const sid of fitting) {
      this.#watched?.ever.add(sid)
    }
  }
}

/** In the order in which the client meets them. */
function sidsOf({ accounts = [] }: PageJson, direction: string): string[] {
  const sids = accounts.map(({ sid }) => sid)
  return direction === 'next_page_uri' ? sids : sids.reverse()
}

test.run()
