import type {
  AuditEntry,
  AuditRecord,
  BusyWebhooks,
  DeliveryAttempt,
  DueDelivery,
  Store,
} from '../../db/store.ts'
import type { AuditAction } from '../audit.ts'
import type { Secrets } from '../secrets.ts'

/** What stands between one attempt and the next, at least; behind the last an event is given up. */
export const retryPausesMs: readonly number[] = [
  5_000,
  30_000,
  2 * 60_000,
  10 * 60_000,
  60 * 60_000,
  6 * 60 * 60_000,
  24 * 60 * 60_000,
]

/** By how much of itself a pause may be longer, so that not all that failed together comes back together. */
const mostJitter = 0.1

const dayMs = 24 * 60 * 60_000
/** A webhook is disabled when every attempt has failed for so long, or when more than so many wait. */
const failingMs = 5 * dayMs
const mostPending = 10_000
/** How long it is known what became of an event. */
const keptMs = 7 * dayMs

const mostAtOnce = 16
/** So that the receivers of one account, all of them hanging, leave room for those of others. */
const mostAtOnceOfAccount = 4
const lookEveryMs = 250
const pruneEveryMs = 60 * 60_000
const prunedAtOnce = 500
/** How long nothing is sent to a webhook when it could not be recorded how an attempt ended. */
const holdMs = 30_000

/** An event to send: under which secrets, and when. */
export type Delivery = {
  readonly url: string
  readonly event: AuditRecord
  /** The present one first. */
  readonly secrets: readonly string[]
  /** UTC milliseconds. */
  readonly at: number
}

/** What the receiver answered, or why it did not. */
export type DeliveryOutcome = { readonly status: number } | { readonly error: string }

export type WorkerOptions = {
  readonly store: Pick<Store, 'dueDeliveries' | 'recordAttempt' | 'pruneDeliveries'>
  readonly secrets: Pick<Secrets, 'openToken'>
  /** UTC milliseconds. */
  readonly now: () => number
  /** From 0 to below 1. */
  readonly random: () => number
  /** Never rejects for what the receiver does; may when the signal says that it is to end. */
  readonly deliver: (delivery: Delivery, signal: AbortSignal) => Promise<DeliveryOutcome>
  /** Told of a broken store and of faults of ours. */
  readonly failed: (error: unknown) => void
}

export type DeliveryWorker = {
  /** Looks for what is due, as it does by itself four times a second. */
  wake(): void
  /** Breaks off what is under way, which is sent again after the next start, and begins nothing more. */
  stop(): Promise<void>
}

/**
 * Sends what is queued for webhooks: one event at a time to each, those of one account in their order,
 * each at least once. An event that is not answered with success is tried again after growing pauses,
 * while later ones of its account wait, and in the end given up.
 */
export function startDeliveries(options: WorkerOptions): DeliveryWorker {
  const { failed } = options
  const stopping = new AbortController()
  const underWay = attempts(options, stopping.signal, () => wake())
  const prune = pruning(options, stopping.signal)
  let looking: Promise<void> | undefined

  function wake(): void {
    looking ??= look(options, underWay, stopping.signal)
      .then(prune)
      .catch(failed)
      .finally(() => {
        looking = undefined
      })
  }

  const timer = setInterval(wake, lookEveryMs).unref()
  wake()
  return {
    wake,
    async stop() {
      stopping.abort()
      clearInterval(timer)
      await looking
      await underWay.ended()
    },
  }
}

/** The attempts that were begun and have not ended. */
type Attempts = {
  /** How many more may be begun. */
  free(): number
  /** The webhooks that have one, and the accounts that have as many as they may. */
  busy(): BusyWebhooks
  /** False when its account has as many as it may. */
  begin(due: DueDelivery): boolean
  /** Resolves when none is under way any more. */
  ended(): Promise<unknown>
}

/** Begins attempts, and says when another may be begun. */
function attempts(options: WorkerOptions, signal: AbortSignal, freed: () => void): Attempts {
  const busy = new Map<string, { readonly accountSid: string; readonly attempt: Promise<void> }>()
  const byAccount = () => Map.groupBy(busy.values(), ({ accountSid }) => accountSid)
  const isFull = (each: readonly unknown[] = []) => each.length >= mostAtOnceOfAccount
  return {
    free: () => mostAtOnce - busy.size,
    busy() {
      const full = [...byAccount()].filter(([, each]) => isFull(each))
      return { webhooks: [...busy.keys()], accounts: full.map(([sid]) => sid) }
    },
    begin(due) {
      const { sid, accountSid } = due.webhook
      if (isFull(byAccount().get(accountSid))) {
        return false
      }
      const attempt = attemptOf(options, due, signal).then(
        () => {
          busy.delete(sid)
          freed()
        },
        (error: unknown) => {
          if (!signal.aborted) {
            options.failed(error)
            setTimeout(() => busy.delete(sid), holdMs).unref()
          }
        },
      )
      busy.set(sid, { accountSid, attempt })
      return true
    },
    ended: () => Promise.all([...busy.values()].map(({ attempt }) => attempt)),
  }
}

/** Begins what is due, as much as there is room for. */
async function look(
  { store, now }: WorkerOptions,
  underWay: Attempts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && underWay.free() > 0) {
    const due = await store.dueDeliveries(now(), underWay.busy(), underWay.free())
    // Of one account more may be due than it may have; the first of each is begun.
    if (due.filter(underWay.begin).length === 0) {
      return
    }
  }
}

/** Once an hour forgets, a few at a time, what nobody is to know any more. */
function pruning({ store, now }: WorkerOptions, signal: AbortSignal): () => Promise<void> {
  let prunedAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (now() - prunedAt < pruneEveryMs) {
      return
    }
    prunedAt = now()
    const before = prunedAt - keptMs
    while (!signal.aborted && (await store.pruneDeliveries(before, prunedAtOnce)) === 'more') {
      await new Promise((resume) => setImmediate(resume))
    }
  }
}

async function attemptOf(
  { store, secrets, now, random, deliver }: WorkerOptions,
  due: DueDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { webhook, event } = due
  const outcome =
    event === undefined
      ? { error: 'forgotten' }
      : await deliver(
          { url: webhook.url, event, secrets: secretsOf(webhook, secrets, now()), at: now() },
          signal,
        )
  const at = now()
  const terms = { failingSince: at - failingMs, mostPending }
  await store.recordAttempt(endOf(due, outcome, at, random()), terms, disabled(webhook, at))
}

function secretsOf(
  { sid, secret, previousSecret }: DueDelivery['webhook'],
  secrets: WorkerOptions['secrets'],
  now: number,
): readonly string[] {
  const isTwofold = previousSecret !== undefined && previousSecret.until > now
  const sealed = isTwofold ? [secret, previousSecret.sealed] : [secret]
  return sealed.map((each) => secrets.openToken(sid, each))
}

function endOf(
  due: DueDelivery,
  outcome: DeliveryOutcome,
  at: number,
  chance: number,
): DeliveryAttempt {
  const { id, attempts, event } = due
  if ('status' in outcome && outcome.status >= 200 && outcome.status < 300) {
    return { id, at, ...outcome, result: 'delivered' }
  }
  const pause = event === undefined ? undefined : retryPausesMs[attempts]
  if (pause === undefined) {
    return { id, at, ...outcome, result: 'failed' }
  }
  const next = at + pause + Math.floor(pause * mostJitter * chance)
  return { id, at, ...outcome, result: { at: next } }
}

const disabling: AuditAction = 'webhook.disable'

function disabled({ sid, accountSid }: DueDelivery['webhook'], at: number): AuditEntry {
  const changes = { enabled: { from: 'true', to: 'false' } }
  return { at, action: disabling, targetSid: sid, accountSid, changes }
}
