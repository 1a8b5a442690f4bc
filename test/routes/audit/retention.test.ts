import { setTimeout as wait } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keepAudit } from '../../../lib/audit-retention.ts'
import { auditOf } from '../../support/audit.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const dayMs = 24 * 60 * 60 * 1000
const begin = Date.UTC(2026, 0, 2)

async function rename(app: TestApp, sid: string, FriendlyName: string): Promise<void> {
  await send(app, app.root, 'PUT', `/Accounts/${sid}`, { FriendlyName })
}

/** An app with changes of one account on ten days, started again on the eleventh. */
async function elevenDaysLater(auditRetentionDays: number) {
  let now = begin
  const app = await startApp({ config: { auditRetentionDays }, now: () => now })
  const account = await createAccount(app, app.root)
  for (let day = 1; day < 10; day += 1) {
    now = begin + day * dayMs
    await rename(app, account.sid, `day ${day}`)
  }
  now = begin + 10 * dayMs
  return { again: await app.restart(), account }
}

const daysOf = async (app: TestApp, account: { readonly sid: string }) =>
  (await auditOf(app, app.root, account)).map(({ date_created }) =>
    Math.floor((Date.parse(date_created) - begin) / dayMs),
  )

test('rows that are older than the setting are gone soon after a start, and only they', async () => {
  const { again, account } = await elevenDaysLater(3)
  for (let tries = 0; tries < 100 && (await daysOf(again, account)).length > 3; tries += 1) {
    await wait(20)
  }
  assert.equal(await daysOf(again, account), [9, 8, 7])
  assert.equal(await daysOf(again, again.root), [])
  await again.stop()
})

test('without the setting every row stays', async () => {
  const { again, account } = await elevenDaysLater(0)
  await wait(100)
  assert.equal(await daysOf(again, account), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
  await again.stop()
})

test('old rows are looked for again and again, in chunks, until the end', async () => {
  const asked: number[] = []
  const errors: unknown[] = []
  let now = 10 * dayMs
  const retention = keepAudit({
    store: {
      async pruneAudit(before, limit) {
        asked.push(before)
        assert.is(limit, 500)
        if (asked.length === 3) {
          now += dayMs
          throw new Error('busy')
        }
        return asked.length === 1 ? 'more' : 'done'
      },
    },
    days: 2,
    now: () => now,
    failed: (error) => errors.push(error),
    everyMs: 10,
  })
  while (asked.length < 4) {
    await wait(5)
  }
  await retention.stop()
  const after = asked.length
  assert.equal(asked.slice(0, 4), [8 * dayMs, 8 * dayMs, 8 * dayMs, 9 * dayMs])
  assert.match(String(errors), 'busy')
  await wait(30)
  assert.is(asked.length, after)
})

test.run()
