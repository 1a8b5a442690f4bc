import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { authenticate } from '../../lib/authenticate.ts'
import { installDemo, installOrdinary } from '../../lib/bootstrap.ts'
import { newSealingKey } from '../../lib/secrets.ts'
import type { Services } from '../../lib/services.ts'
import { recordedOf } from '../support/recorded.ts'
import { laterRefusalOf } from '../support/refusals.ts'
import { origin, servicesOver } from '../support/services.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const now = Date.UTC(2026, 0, 1)

/** Runs `body` on services over a store that is still empty. */
async function withEmptyStore(body: (services: Services) => Promise<void>): Promise<void> {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  try {
    await body({ ...(await servicesOver(store, newSealingKey())), now: () => now })
  } finally {
    await store.close()
    await folder.remove()
  }
}

const login = (services: Services, name: string, secret: string) =>
  authenticate(services, { name, secret }, origin, undefined)

test('a first start makes a root whose random AuthToken alone logs it in', () =>
  withEmptyStore(async (services) => {
    const { sid, email, authToken = '' } = await installOrdinary(services, undefined)
    assert.match(authToken, /^[0-9a-f]{32}$/)
    assert.is(await services.store.installationKind(), 'ordinary')
    const { account, standing } = (await login(services, email, authToken)).caller
    assert.is(standing, 'full')
    const { parentSid, role, status, type, passwordHash, createdAt, friendlyName } = account
    assert.equal(
      { sid: account.sid, parentSid, role, status, type, passwordHash, createdAt, friendlyName },
      {
        ...{ sid, parentSid: undefined, role: 'Administrator', status: 'active', type: 'Full' },
        ...{ passwordHash: undefined, createdAt: now },
        friendlyName: 'Default Administrator Account',
      },
    )
    const organization = await services.store.findOrganization({
      domainName: 'default.restcomm.com',
    })
    assert.is(organization?.sid, account.organizationSid)
    assert.is(organization?.status, 'active')
    for (const known of ['RestComm', '77f8c12cc7b8f8423e5c38b035249166', '']) {
      assert.equal(await laterRefusalOf(() => login(services, email, known)), {
        kind: 'unauthenticated',
      })
    }
  }))

test('two first starts have nothing secret in common', () =>
  withEmptyStore(async (one) => {
    await withEmptyStore(async (other) => {
      const [first, second] = [
        await installOrdinary(one, undefined),
        await installOrdinary(other, undefined),
      ]
      assert.is.not(first.sid, second.sid)
      assert.is.not(first.authToken, second.authToken)
    })
  }))

test("a first start with the operator's password shows no token", () =>
  withEmptyStore(async (services) => {
    const { email, authToken } = await installOrdinary(services, 'open sesame')
    assert.is(authToken, undefined)
    assert.is((await login(services, email, 'open sesame')).caller.standing, 'full')
  }))

test('a first start with a weak password makes nothing', () =>
  withEmptyStore(async (services) => {
    for (const password of ['short', 'administrator', 'Default Administrator Account']) {
      assert.equal(await laterRefusalOf(() => installOrdinary(services, password)), {
        ...{ kind: 'invalid', field: 'password', fault: { rule: 'weak' } },
      })
    }
    assert.is(await services.store.installationKind(), undefined)
    assert.is(await services.store.findRoot(), undefined)
  }))

test('the demo is what the documents show, token and password', () =>
  withEmptyStore(async (services) => {
    const administrator = await installDemo(services)
    assert.equal(administrator, {
      sid: 'ACae6e420f425248d6a26948c17a9e2acf',
      email: 'administrator@company.com',
      authToken: '77f8c12cc7b8f8423e5c38b035249166',
    })
    assert.is(await services.store.installationKind(), 'demo')
    const root = await services.store.findRoot()
    assert.is(root?.organizationSid, 'ORafbe225ad37541eba518a74248f0ac4c')
    assert.is(root?.createdAt, Date.UTC(2012, 3, 24))
    for (const secret of ['RestComm', '77f8c12cc7b8f8423e5c38b035249166']) {
      assert.is((await login(services, administrator.sid, secret)).caller.standing, 'full')
    }
  }))

test('a first start is recorded, by nobody', () =>
  withEmptyStore(async (services) => {
    const { sid } = await installDemo(services)
    assert.equal(await recordedOf(services.store, sid), [
      {
        ...{ at: now, action: 'installation.create', targetSid: sid },
        changes: { kind: { to: 'demo' } },
      },
    ])
  }))

test('a store that has data takes no first start', () =>
  withEmptyStore(async (services) => {
    const { sid } = await installOrdinary(services, undefined)
    for (const install of [
      () => installOrdinary(services, undefined),
      () => installDemo(services),
    ]) {
      const outcome = await install().catch((error: unknown) => error)
      assert.instance(outcome, Error)
    }
    assert.is((await services.store.findRoot())?.sid, sid)
  }))

test.run()
