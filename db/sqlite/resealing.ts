import { join } from 'node:path'
import type { Resealing, SealedAccount, SealedWebhook } from '../maintenance.ts'
import type { AuditEntry } from '../records.ts'
import { auditRows } from './audit.ts'
import { type Connection, openConnection } from './connection.ts'
import { idempotencyRows } from './idempotency.ts'
import { lockFolder } from './lock.ts'
import { migrate } from './migrate.ts'
import { deliveryRows } from './webhook-deliveries.ts'

type Row = {
  id: number
  sid: string
  sealed: Uint8Array
  digest: Uint8Array
  second_sealed: Uint8Array | null
  second_digest: Uint8Array | null
}

type WebhookRow = { sid: string; secret: Uint8Array; previous: Uint8Array | null }

/** Takes the folder and opens its database. Throws as `openSqliteStore` does. */
export function openResealing(folder: string): Resealing {
  const lock = lockFolder(folder)
  let connection: Connection | undefined
  try {
    connection = openConnection(join(folder, 'strowger.db'))
    migrate(connection)
    return resealingOf(connection, lock.release)
  } catch (error) {
    connection?.close()
    lock.release()
    throw error
  }
}

function resealingOf(connection: Connection, release: () => void): Resealing {
  const statements = prepareResealing(connection)
  const audit = auditRows(connection, deliveryRows(connection), idempotencyRows(connection))
  const write = connection.transaction(
    (accounts: readonly SealedAccount[], entry: AuditEntry | undefined) => {
      for (const account of accounts) {
        statements.update.run(bindingOf(account))
      }
      if (entry !== undefined) {
        audit.insert(entry)
      }
    },
  )
  const writeWebhooks = connection.transaction((webhooks: readonly SealedWebhook[]) => {
    for (const { sid, secret, previousSecret = null } of webhooks) {
      statements.updateWebhook.run({ sid, secret, previousSecret })
    }
  })
  return {
    page: (after, limit) => statements.page.all({ after, limit }).map(accountFrom),
    count: () => statements.count.get()?.number ?? 0,
    write: (accounts, entry) => write.immediate(accounts, entry),
    webhookPage: (after, limit) => statements.webhooks.all({ after, limit }).map(webhookFrom),
    writeWebhooks: (webhooks) => writeWebhooks.immediate(webhooks),
    purge() {
      connection.exec('VACUUM')
      const isBusy = connection.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) !== 0
      if (isBusy) {
        throw new Error('another program reads the database: let it end, then go on')
      }
    },
    close() {
      connection.close()
      release()
    },
  }
}

function prepareResealing(connection: Connection) {
  return {
    page: connection.prepare<{ after: number; limit: number }, Row>(`
      SELECT id, sid, sealed_token AS sealed, token_digest AS digest,
        secondary_sealed_token AS second_sealed, secondary_token_digest AS second_digest
      FROM accounts
      WHERE id > @after
      ORDER BY id
      LIMIT @limit
    `),
    webhooks: connection.prepare<{ after: string; limit: number }, WebhookRow>(`
      SELECT sid, sealed_secret AS secret, previous_sealed_secret AS previous
      FROM webhooks
      WHERE sid > @after
      ORDER BY sid
      LIMIT @limit
    `),
    updateWebhook: connection.prepare(`
      UPDATE webhooks
      SET sealed_secret = @secret, previous_sealed_secret = @previousSecret
      WHERE sid = @sid
    `),
    count: connection.prepare<[], { number: number }>('SELECT count(*) AS number FROM accounts'),
    update: connection.prepare(`
      UPDATE accounts
      SET sealed_token = @sealed,
        token_digest = @digest,
        secondary_sealed_token = @secondSealed,
        secondary_token_digest = @secondDigest
      WHERE id = @id
    `),
  }
}

function bindingOf({ id, token, secondaryToken }: SealedAccount): Record<string, unknown> {
  return {
    id,
    ...token,
    secondSealed: secondaryToken?.sealed ?? null,
    secondDigest: secondaryToken?.digest ?? null,
  }
}

function webhookFrom({ sid, secret, previous }: WebhookRow): SealedWebhook {
  return { sid, secret, previousSecret: previous ?? undefined }
}

function accountFrom(row: Row): SealedAccount {
  const { id, sid, sealed, digest, second_sealed: secondSealed, second_digest: secondDigest } = row
  return {
    id,
    sid,
    token: { sealed, digest },
    secondaryToken:
      secondSealed === null || secondDigest === null
        ? undefined
        : { sealed: secondSealed, digest: secondDigest },
  }
}
