import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Account } from '../../../lib/account.ts'
import {
  listByOrganization,
  listChildren,
  listFamily,
  readAccount,
} from '../../../lib/accounts/read.ts'
import { storedToken } from '../../../lib/credentials.ts'
import { newSid } from '../../../lib/ids.ts'
import { createOrganization } from '../../../lib/organizations.ts'
import { accountNow, addBelow, setStatus } from '../../support/records.ts'
import { laterRefusalOf, refusalOf } from '../../support/refusals.ts'
import { withServices } from '../../support/services.ts'

async function collect(pages: AsyncIterable<Account[]>): Promise<Account[][]> {
  const collected: Account[][] = []
  for await (const page of pages) {
    collected.push(page)
  }
  return collected
}

test('an account is shown as it stands, with its token for who may change it', () =>
  withServices(async ({ services, root, child, login }) => {
    const top = await child(root)
    const target = await child(await login(top))
    await setStatus(services.store, top, 'suspended')
    const shown = readAccount(services, root, await accountNow(services.store, target.sid))
    assert.is(shown.status, 'suspended')
    assert.is(shown.authToken, services.secrets.openToken(target.sid, target.token.sealed))
  }))

test('an account that only looks does not see its own token, nor a Developer those below', () =>
  withServices(async ({ services, root, child, login }) => {
    const user = await login(await child(root, { role: 'User' }))
    assert.is(readAccount(services, user, user.account).authToken, undefined)
    const developer = await login(await child(root, { role: 'Developer' }))
    await child(developer)
    const [page] = await collect(listChildren(services, developer))
    assert.equal(
      page?.map(({ authToken }) => authToken),
      [undefined],
    )
    assert.type(readAccount(services, developer, developer.account).authToken, 'string')
  }))

test('the children of the caller come with all of their statuses, and nobody else', () =>
  withServices(async ({ services, root, child, login }) => {
    const statuses = ['active', 'uninitialized', 'inactive', 'suspended', 'closed'] as const
    const children = []
    for (const status of statuses) {
      children.push(await child(root, { status }))
    }
    const [first] = children
    assert.ok(first)
    await child(await login(first))
    const [page] = await collect(listChildren(services, root))
    assert.equal(
      page?.map(({ sid, status }) => [sid, status]).sort(),
      children.map(({ sid, status }) => [sid, status]).sort(),
    )
  }))

test('more children than one page holds come page by page, each once', () =>
  withServices(async ({ services, root }) => {
    const passwordHash = undefined
    const sealed = (sid: string) => ({
      token: storedToken(services, sid, 'f'.repeat(32)),
      passwordHash,
    })
    const sids: string[] = []
    while (sids.length < 501) {
      const sid = newSid('AC')
      sids.push((await addBelow(services.store, root.account, { sid, ...sealed(sid) })).sid)
    }
    const pages = await collect(listChildren(services, root))
    assert.equal(
      pages.map(({ length }) => length),
      [100, 100, 100, 100, 100, 1],
    )
    assert.equal(
      pages.flat().map(({ sid }) => sid),
      sids,
    )
    const all = await collect(
      await listByOrganization(services, root, { sid: root.account.organizationSid }),
    )
    assert.is(all.flat().length, 502)
  }))

test('a list of nobody is one empty page', () =>
  withServices(async ({ services, root }) => {
    assert.equal(await collect(listChildren(services, root)), [[]])
  }))

test('who may not read lists nobody', () =>
  withServices(async ({ services, root, child, login }) => {
    const guest = await login(await child(root, { role: 'Guest' }))
    assert.equal(
      refusalOf(() => listChildren(services, guest)),
      { kind: 'forbidden', rule: 'access' },
    )
  }))

test('the root lists the accounts of an organization, by SID or domain name', () =>
  withServices(async ({ services, root, child, login }) => {
    const other = await createOrganization(services, root, 'other.example.com')
    const top = await child(root, { organizationSid: other.sid })
    const below = await child(await login(top))
    const sidsOf = async (key: Parameters<typeof listByOrganization>[2]) =>
      (await collect(await listByOrganization(services, root, key))).flat().map(({ sid }) => sid)
    for (const key of [{ sid: other.sid }, { domainName: 'OTHER.example.com' }]) {
      assert.equal((await sidsOf(key)).sort(), [top.sid, below.sid].sort())
    }
    assert.equal(await sidsOf({ sid: newSid('OR') }), [])
    assert.equal(await laterRefusalOf(() => sidsOf({ domainName: 'nobody' })), {
      kind: 'notFound',
      what: 'organization',
    })
    assert.equal(await laterRefusalOf(() => sidsOf({ sid: 'OR1' })), {
      ...{ kind: 'invalid', field: 'organizationSid' },
      fault: { rule: 'malformed', value: 'OR1' },
    })
  }))

test('nobody else lists by organization, and learns nothing of any', () =>
  withServices(async ({ services, root, child, login }) => {
    const caller = await login(await child(root))
    for (const key of [
      { sid: caller.account.organizationSid },
      { sid: 'OR1' },
      { domainName: 'x' },
    ]) {
      assert.equal(await laterRefusalOf(() => listByOrganization(services, caller, key)), {
        kind: 'forbidden',
        rule: 'access',
      })
    }
  }))

const whole = { filter: {}, page: { limit: 50 } }

test('a family is the caller and its children that pass the filter, as each may be seen', () =>
  withServices(async ({ services, root, child, login }) => {
    const caller = await login(await child(root, { role: 'Developer' }))
    const sids = [caller.account.sid]
    for (const status of ['active', 'suspended', 'closed'] as const) {
      sids.push((await child(caller, { status })).sid)
    }
    const family = await listFamily(services, caller, whole)
    assert.equal(
      family.map(({ sid, status }) => [sid, status]).sort(),
      ['active', 'active', 'suspended', 'closed'].map((status, at) => [sids[at], status]).sort(),
    )
    assert.equal(
      family.filter(({ authToken }) => authToken !== undefined).map(({ sid }) => sid),
      [caller.account.sid],
    )
    const filter = { statuses: ['closed'] as const }
    const [closed, ...more] = await listFamily(services, caller, { ...whole, filter })
    assert.is(closed?.sid, sids[3])
    assert.equal(more, [])
  }))

test('a key for its own account sees no family but itself', () =>
  withServices(async ({ services, root, child, clock }) => {
    clock.now += 1
    await child(root)
    for (const [reach, count] of [
      ['self', 1],
      ['branch', 2],
    ] as const) {
      const caller = { ...root, apiKey: { sid: 'SKsome', scope: 'read', reach } as const }
      const family = await listFamily(services, caller, whole)
      assert.is(family.length, count)
      assert.is(family[0]?.sid, root.account.sid)
      assert.equal(
        family.map(({ authToken }) => authToken),
        Array(count).fill(undefined),
      )
    }
  }))

test('who may not read has no family', () =>
  withServices(async ({ services, root, child, login }) => {
    const guest = await login(await child(root, { role: 'Guest' }))
    const refusal = await laterRefusalOf(() => listFamily(services, guest, whole))
    assert.equal(refusal, { kind: 'forbidden', rule: 'access' })
  }))

test.run()
