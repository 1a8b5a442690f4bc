import { join } from 'node:path'
import type { Maintenance } from '../maintenance.ts'
import { openAuditReading } from './audit-reading.ts'
import { openCopy } from './copy.ts'
import { openEventLog } from './event-log.ts'
import { openSqliteStore } from './index.ts'
import { lockFolder } from './lock.ts'
import { openResealing } from './resealing.ts'
import { openSnapshot } from './snapshot.ts'

export const sqliteMaintenance: Maintenance = {
  openSnapshot: (folder, orOlder) => openSnapshot(join(folder, 'strowger.db'), orOlder),
  openAudit: openAuditReading,
  openEventLog,
  openCopy,
  lock: lockFolder,
  openStore: openSqliteStore,
  openResealing,
}
