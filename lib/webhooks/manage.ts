import type {
  AuditEntry,
  Lineage,
  NewWebhook,
  PlacedAccount,
  WebhookRecord,
} from '../../db/store.ts'
import { requireLiving } from '../accounts/read.ts'
import { auditEntry, secretChanged } from '../audit.ts'
import type { Caller } from '../caller.ts'
import { DomainError } from '../errors.ts'
import { onFreshReading } from '../fresh-reading.ts'
import { newSid, newWebhookSecret } from '../ids.ts'
import { quotaReached } from '../quotas.ts'
import type { Services } from '../services.ts'
import {
  checkedInput,
  type Webhook,
  type WebhookInput,
  webhookDifferences,
  webhookFrom,
} from './webhook.ts'

/** How long what is sent is signed with the secret before as well. */
const rotationMs = 24 * 60 * 60 * 1000

/** A webhook with a secret that is shown this once. */
export type WebhookWithSecret = { readonly webhook: Webhook; readonly secret: string }

/**
 * Makes a webhook of an account. Throws as `requireLiving` does; `invalid`; `quotaReached`.
 */
export async function createWebhook(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  input: WebhookInput,
): Promise<WebhookWithSecret> {
  const account = requireOwner(caller, target)
  const stored = checkedInput(input)
  const sid = newSid('WH')
  const { text: secret, sealed } = newSecret(services, sid)
  return onFreshReading(services, caller, account, (callerNow, ownerNow) => {
    const { lineage, sid: accountSid } = requireOwner(callerNow, ownerNow)
    const draft = { ...stored, sid, accountSid, secret: sealed, createdAt: services.now() }
    const changes = webhookDifferences(undefined, stored)
    const audit = auditEntry(callerNow, draft.createdAt, 'webhook.create', draft, changes)
    return insert(services, { draft, lineage, audit, secret })
  })
}

type Drawn = {
  readonly draft: NewWebhook
  readonly lineage: Lineage
  readonly audit: AuditEntry
  readonly secret: string
}

async function insert(
  services: Services,
  { draft, lineage, audit, secret }: Drawn,
): Promise<WebhookWithSecret | 'stale'> {
  const { store, policy } = services
  const { webhooks: atMost } = policy.quotas
  const result = await store.insertWebhook(draft, lineage, audit, atMost)
  switch (result.outcome) {
    case 'inserted': {
      const webhook = await requireWebhook(services, draft.accountSid, draft.sid)
      return { webhook: webhookFrom(webhook), secret }
    }
    case 'quotaReached':
      throw quotaReached(policy.quotas, 'webhooks')
    case 'stale':
      return 'stale'
  }
}

/** The webhooks of an account in the order of creation. Throws as `requireLiving` does. */
export async function listWebhooks(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
): Promise<readonly Webhook[]> {
  const { sid } = requireOwner(caller, target)
  return (await services.store.webhooksOf(sid)).map(webhookFrom)
}

/** A webhook of an account. Throws as `requireLiving` does, and `notFound` for one that is not its own. */
export async function readWebhook(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
): Promise<Webhook> {
  const account = requireOwner(caller, target)
  return webhookFrom(await requireWebhook(services, account.sid, sid))
}

/**
 * Gives a webhook what `inputFor` works out from how it is in the attempt that is written; that throws
 * to refuse. Disabling it gives up what waits to be sent. Throws as `readWebhook` does, and `invalid`.
 */
export async function changeWebhook(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
  inputFor: (before: Webhook) => WebhookInput,
): Promise<Webhook> {
  const changed = await onWebhook(services, caller, target, sid, async (attempt) => {
    const { before, lineage, asker } = attempt
    const stored = checkedInput(inputFor(webhookFrom(before)))
    const changes = webhookDifferences(before, stored)
    const audit = auditEntry(asker, services.now(), 'webhook.change', before, changes)
    const result = await services.store.changeWebhook(before, stored, lineage, audit)
    return result.outcome === 'stale' ? 'stale' : result.webhook
  })
  return webhookFrom(changed)
}

/**
 * Gives a webhook a new secret; for a day what is sent is signed with the old one as well. Throws as
 * `readWebhook` does.
 */
export async function rotateWebhookSecret(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
): Promise<WebhookWithSecret> {
  const { text: secret, sealed } = newSecret(services, sid)
  const changed = await onWebhook(services, caller, target, sid, async (attempt) => {
    const { before, lineage, asker } = attempt
    const at = services.now()
    const previousSecret = { sealed: before.secret, until: at + rotationMs }
    const audit = auditEntry(asker, at, 'webhook.rotateSecret', before, { secret: secretChanged })
    const change = { secret: sealed, previousSecret }
    const result = await services.store.changeWebhook(before, change, lineage, audit)
    return result.outcome === 'stale' ? 'stale' : result.webhook
  })
  return { webhook: webhookFrom(changed), secret }
}

/**
 * Takes a webhook away with all that waits to be sent; `precondition` looks at it and throws to refuse.
 * Gives it as it was. Throws as `readWebhook` does.
 */
export async function removeWebhook(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
  precondition: (before: Webhook) => void = () => {},
): Promise<Webhook> {
  const removed = await onWebhook(services, caller, target, sid, async (attempt) => {
    const { before, lineage, asker } = attempt
    precondition(webhookFrom(before))
    const audit = auditEntry(asker, services.now(), 'webhook.remove', before, {})
    const outcome = await services.store.removeWebhook(before, lineage, audit)
    return outcome === 'stale' ? 'stale' : before
  })
  return webhookFrom(removed)
}

/**
 * Queues an event that says nothing but that it is a test, for a webhook that may be disabled. Gives
 * the webhook with it pending. Throws as `readWebhook` does.
 */
export async function sendTestEvent(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
): Promise<Webhook> {
  const queued = await onWebhook(services, caller, target, sid, async (attempt) => {
    const { before, lineage, asker } = attempt
    const audit = auditEntry(asker, services.now(), 'webhook.test', before, {})
    const outcome = await services.store.queueTestEvent(before, lineage, audit)
    return outcome === 'stale' ? 'stale' : requireWebhook(services, before.accountSid, sid)
  })
  return webhookFrom(queued)
}

function requireOwner(caller: Caller, target: PlacedAccount | undefined): PlacedAccount {
  return requireLiving(caller, 'manageWebhooks', target)
}

type WebhookAttempt = Pick<PlacedAccount, 'lineage'> & {
  readonly asker: Caller
  readonly before: WebhookRecord
}

async function onWebhook(
  services: Services,
  caller: Caller,
  target: PlacedAccount | undefined,
  sid: string,
  attempt: (attempt: WebhookAttempt) => Promise<WebhookRecord | 'stale'>,
): Promise<WebhookRecord> {
  const account = requireOwner(caller, target)
  return onFreshReading(services, caller, account, async (asker, ownerNow) => {
    const { lineage, sid: accountSid } = requireOwner(asker, ownerNow)
    return attempt({ asker, lineage, before: await requireWebhook(services, accountSid, sid) })
  })
}

async function requireWebhook(
  { store }: Services,
  accountSid: string,
  sid: string,
): Promise<WebhookRecord> {
  const webhook = await store.findWebhook(accountSid, sid)
  if (webhook === undefined) {
    throw new DomainError({ kind: 'notFound', what: 'webhook' })
  }
  return webhook
}

function newSecret({ secrets }: Services, sid: string) {
  const text = newWebhookSecret()
  return { text, sealed: secrets.sealToken(sid, text) }
}
