import { auditExport } from './audit-export.ts'
import { backup } from './backup.ts'
import { callflowMatch } from './callflow-match.ts'
import { check } from './check.ts'
import type { OperatorCommand } from './command.ts'
import { eventsTail } from './events-tail.ts'
import { rekey } from './rekey.ts'
import { resetPasswordCommand } from './reset-password.ts'
import { restore } from './restore.ts'

/** Every command beside `serve`, in the order of the help. */
export const commands: readonly OperatorCommand[] = [
  backup,
  restore,
  check,
  resetPasswordCommand,
  rekey,
  callflowMatch,
  auditExport,
  eventsTail,
]
