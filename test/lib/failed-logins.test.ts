import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { AuditEntry } from '../../db/store.ts'
import { createFailedLogins } from '../../lib/failed-logins.ts'
import type { KnownLogin } from '../../lib/services.ts'

const origin = { requestId: 'request-1', address: '192.0.2.1', dialect: 'test' }

function login(account: number, address = origin.address): KnownLogin {
  const sid = `AC${String(account).padStart(32, '0')}`
  return { sid, accountSid: sid, origin: { ...origin, address } }
}

type Lost = { readonly count: number; readonly error: unknown }

function counting(everyMs = 60_000) {
  const written: (readonly AuditEntry[])[] = []
  const lost: Lost[] = []
  let isBroken = false
  const failedLogins = createFailedLogins({
    store: {
      async recordAudit(entries) {
        if (isBroken) {
          throw new Error('the disk is full')
        }
        written.push(entries)
      },
    },
    now: () => 5,
    lost: (count, error) => lost.push({ count, error }),
    everyMs,
  })
  const breakStore = () => {
    isBroken = true
  }
  return { failedLogins, written, lost, breakStore }
}

test('failures are written by the timer, together, and it waits for the next', async () => {
  const { failedLogins, written } = counting(20)
  for (let count = 0; count < 3; count += 1) {
    failedLogins.note('credentials', login(1))
    failedLogins.note('inactive', login(2))
  }
  assert.equal(written, [])
  await wait(60)
  const attempts = { to: '3' }
  const entry = { at: 5, action: 'login.failed', ...origin }
  const row = ({ sid }: KnownLogin, reason: string) => ({
    ...{ ...entry, targetSid: sid, accountSid: sid },
    changes: { reason: { to: reason }, attempts },
  })
  assert.equal(written, [[row(login(1), 'credentials'), row(login(2), 'inactive')]])
  await wait(60)
  assert.is(written.length, 1)
  failedLogins.note('credentials', login(1))
  await wait(60)
  assert.is(written.length, 2)
})

test('of all accounts together a hundred rows are written, and the rest is told of', async () => {
  const { failedLogins, written, lost } = counting()
  for (let account = 0; account < 150; account += 1) {
    failedLogins.note('credentials', login(account))
  }
  failedLogins.note('credentials', login(0))
  await failedLogins.stop()
  assert.is(written[0]?.length, 100)
  assert.equal(written[0]?.[0]?.changes.attempts, { to: '2' })
  assert.equal(lost, [{ count: 50, error: undefined }])
  failedLogins.note('credentials', login(149))
  await failedLogins.stop()
  assert.is(written[1]?.length, 1)
})

test('what cannot be written is told of and kept no longer', async () => {
  const { failedLogins, written, lost, breakStore } = counting()
  breakStore()
  failedLogins.note('credentials', login(1))
  failedLogins.note('credentials', login(2))
  await failedLogins.flush()
  await failedLogins.flush()
  assert.equal([written.length, lost.length, lost[0]?.count], [0, 1, 2])
  assert.match(String(lost[0]?.error), 'the disk is full')
})

test('nothing is written when nothing has failed', async () => {
  const { failedLogins, written } = counting()
  await failedLogins.flush()
  await failedLogins.stop()
  assert.equal(written, [])
})

test.run()
