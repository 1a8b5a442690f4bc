import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openEventLog } from '../../db/sqlite/event-log.ts'
import { openSqliteStore } from '../../db/sqlite/index.ts'
import { addBelow, auditOn, plantRoot } from '../support/records.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('what came for other accounts is not looked at again', async () => {
  const folder = temporaryFolder()
  const store = openSqliteStore(folder.path)
  const log = openEventLog(folder.path)
  try {
    const root = await plantRoot(store)
    const [quiet, busy] = [await addBelow(store, root), await addBelow(store, root)]
    const begin = log.end()
    const row = (sid: string) => auditOn(sid, { action: 'account.change' })
    await store.recordAudit(Array.from({ length: 600 }, () => row(busy.sid)))
    const passed = log.after(begin, quiet.sid)
    assert.equal(passed, { events: [], end: log.end() })
    await store.recordAudit([row(quiet.sid), row(busy.sid)])
    const { events, end } = log.after(passed.end, quiet.sid)
    assert.equal(
      events.map(({ targetSid }) => targetSid),
      [quiet.sid],
    )
    assert.is(end, log.end())
    const [first, second] = [log.after(begin, busy.sid), log.after(begin + 500, busy.sid)]
    assert.equal([first.events.length, second.events.length], [500, 101])
    assert.is(first.end, begin + 500)
  } finally {
    log.close()
    await store.close()
    await folder.remove()
  }
})

test.run()
