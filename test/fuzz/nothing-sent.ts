import * as assert from 'uvu/assert'
import { storedRows } from '../support/stored-rows.ts'

/** That events were queued and tried, but no receiver was reached with any. */
export function assertNothingSent(folder: string): void {
  const attempts = storedRows(folder, ['webhook_deliveries']).filter(
    ({ attempted_at: at }) => at !== null,
  )
  assert.ok(attempts.length > 0, 'no event was tried to be sent')
  const outcomes = new Set(attempts.map(({ status, error }) => status ?? error))
  for (const known of ['address refused', 'disabled']) {
    outcomes.delete(known)
  }
  assert.equal([...outcomes], [])
}
