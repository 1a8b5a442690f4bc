import type { AuditPage, AuditRecord } from './audit-records.ts'
import type {
  BranchCounts,
  MoveLimits,
  MoveOutcome,
  ReopenOutcome,
  ReopenTerms,
} from './branch-records.ts'
import type {
  CallflowDraft,
  CallflowOutcome,
  CallflowPage,
  CallflowRecord,
  NumberConflict,
} from './callflow-records.ts'
import type { NamedAccounts, NamedPage, NamedScope, TakenNames } from './named-records.ts'
import type {
  AccountChange,
  AccountFilter,
  AccountKey,
  ApiKeyRecord,
  AuditEntry,
  BranchOutcome,
  ChangeOutcome,
  IdempotentRequest,
  IdempotentResult,
  InsertOutcome,
  InstallationKind,
  KeyInsertOutcome,
  Lineage,
  LoginKey,
  NewAccount,
  NewApiKey,
  OrganizationInsertOutcome,
  OrganizationKey,
  OrganizationRecord,
  OrganizationStatus,
  Page,
  PlacedAccount,
  RandomPage,
  RequestReading,
  SessionRecord,
  WriteTerms,
} from './records.ts'
import type {
  BusyWebhooks,
  DeliveryAttempt,
  DeliveryCounts,
  DisableTerms,
  DueDelivery,
  NewWebhook,
  WebhookChange,
  WebhookChangeOutcome,
  WebhookInsertOutcome,
  WebhookRecord,
} from './webhook-records.ts'

export type * from './audit-records.ts'
export type * from './branch-records.ts'
export type * from './callflow-records.ts'
export type * from './named-records.ts'
export type * from './records.ts'
export type * from './webhook-records.ts'

/**
 * Everything that is kept. Each method is one atomic intent and one transaction: either all of it
 * has happened, durably, when its promise resolves, or none of it. A write names the lineage it was
 * decided on and answers `stale`, changing nothing, when any account on it has changed since, or when
 * the idempotent request that its audit entry names has been carried out. All reject with a
 * `StoreError` (errors.ts) when the disk does not do its part.
 */
export interface Store {
  /** The accounts named, in the order of the keys and as of one moment; undefined where there is none. */
  findAccounts(
    keys: readonly (AccountKey | undefined)[],
  ): Promise<readonly (PlacedAccount | undefined)[]>
  /** Who logs in and the account that the request is about, as of one moment. */
  readForRequest(
    login: LoginKey | undefined,
    target: AccountKey | undefined,
  ): Promise<RequestReading>
  /** The root account; undefined before the first start has finished. */
  findRoot(): Promise<PlacedAccount | undefined>
  /** The direct children of an account, closed ones too. */
  childrenPage(parentSid: string, page: Page): Promise<readonly PlacedAccount[]>
  /** An account and its direct children that pass the filter, in the order of creation. */
  familyPage(
    sid: string,
    filter: AccountFilter,
    page: RandomPage,
  ): Promise<readonly PlacedAccount[]>
  /** The accounts of an organization at every level. */
  organizationAccountsPage(organizationSid: string, page: Page): Promise<readonly PlacedAccount[]>
  /** Puts a child below the last account of `parentLineage` and counts it in its ancestors. */
  insertAccount(
    account: NewAccount,
    parentLineage: Lineage,
    audit: AuditEntry,
    terms?: WriteTerms,
  ): Promise<InsertOutcome>
  /** Changes the last account of `lineage`; the change counts as made at `audit.at`. */
  changeAccount(
    lineage: Lineage,
    change: AccountChange,
    audit: AuditEntry,
    terms?: WriteTerms,
  ): Promise<ChangeOutcome>
  /**
   * Puts the last account of `lineage`, with everything below it, below the last of `parentLineage`
   * and into its organization, if the tree is within the limits with it.
   */
  moveBranch(
    lineage: Lineage,
    parentLineage: Lineage,
    limits: MoveLimits,
    audit: AuditEntry,
  ): Promise<MoveOutcome>
  /** Whether another living account than `exceptSid` has the realm or the name. */
  takenNames(
    names: { readonly realm?: string; readonly name?: string },
    exceptSid: string | undefined,
  ): Promise<TakenNames>
  /** The living accounts of a scope in the order of their names, then SIDs; of a large scope as many as are soon found. */
  namedPage(scope: NamedScope, page: NamedPage): Promise<NamedAccounts>
  /** Gives the last account of `lineage` and everything below it another organization. */
  migrateBranch(
    lineage: Lineage,
    organizationSid: string,
    audit: AuditEntry,
  ): Promise<BranchOutcome>
  /**
   * Marks up to `limit` accounts below a closed one as closed by it. Says `more` while any closed
   * branch is not yet marked to its end, and goes on where it stopped, also after a restart.
   */
  sweepClosedBranches(limit: number): Promise<'more' | 'done'>
  /** What closing an account at this time would hit; undefined when there is no such account. */
  countBranch(sid: string, at: number): Promise<BranchCounts | undefined>
  /**
   * Gives back the last account of `lineage`, which was closed, with all that was closed by it. Says
   * `more` while the accounts below are made ready, of which no client sees anything: call it again.
   * The call that does not is the one that opens the branch.
   */
  reopenBranch(lineage: Lineage, terms: ReopenTerms, audit: AuditEntry): Promise<ReopenOutcome>
  /** Closes what such calls have made ready and did not open. */
  giveUpReopening(sid: string): Promise<void>

  /** What an idempotent request has made or changed already, if it has and that is not forgotten. */
  findRepeated(request: IdempotentRequest): Promise<IdempotentResult | undefined>

  /** The key of this SID if it belongs to this account. */
  findApiKey(accountSid: string, sid: string): Promise<ApiKeyRecord | undefined>
  apiKeysPage(accountSid: string, page: RandomPage): Promise<readonly ApiKeyRecord[]>
  /** Gives a key to the last account of `lineage`, if it has fewer than `atMost`. */
  insertApiKey(
    key: NewApiKey,
    lineage: Lineage,
    audit: AuditEntry,
    atMost?: number,
  ): Promise<KeyInsertOutcome>
  /** Renames a key of this account. */
  renameApiKey(
    accountSid: string,
    sid: string,
    friendlyName: string,
    audit: AuditEntry,
  ): Promise<'renamed' | 'missing' | 'stale'>
  /** Takes a key away; false when there is none. */
  removeApiKey(accountSid: string, sid: string, audit: AuditEntry): Promise<boolean>
  /** Notes that a key was used, if the disk lets it; no audit row is made of it. */
  touchApiKey(sid: string, at: number): Promise<void>

  /** A callflow of this account by its id; undefined for one of another, or that was removed. */
  findCallflow(accountSid: string, id: string): Promise<CallflowRecord | undefined>
  /** The callflow of this account that has this number, letter by letter. */
  findCallflowOfNumber(accountSid: string, number: string): Promise<CallflowRecord | undefined>
  callflowsPage(accountSid: string, page: CallflowPage): Promise<readonly CallflowRecord[]>
  /** Which of the draft's numbers and patterns other callflows of its account have. */
  conflictingNumbers(draft: Omit<CallflowDraft, 'document'>): Promise<readonly NumberConflict[]>
  /** Gives a callflow to the last account of `lineage`, if it has fewer than `atMost`. */
  insertCallflow(
    draft: CallflowDraft,
    lineage: Lineage,
    audit: AuditEntry,
    atMost?: number,
  ): Promise<CallflowOutcome>
  /** Puts the draft in the place of `before`, which must still be of that revision. */
  changeCallflow(
    before: CallflowRecord,
    draft: CallflowDraft,
    lineage: Lineage,
    audit: AuditEntry,
  ): Promise<CallflowOutcome>
  /** Takes a callflow away, if it is still of that revision; its numbers are free again. */
  removeCallflow(
    before: CallflowRecord,
    lineage: Lineage,
    audit: AuditEntry,
  ): Promise<'removed' | 'stale'>

  insertSession(session: SessionRecord, audit: AuditEntry): Promise<void>
  /** Ends a session; nothing is recorded when there is none. */
  removeSession(tokenDigest: Uint8Array, audit: AuditEntry): Promise<void>

  /** The webhook of this SID if it belongs to this account. */
  findWebhook(accountSid: string, sid: string): Promise<WebhookRecord | undefined>
  /** The webhooks of an account in the order of creation. */
  webhooksOf(accountSid: string): Promise<readonly WebhookRecord[]>
  /** Gives a webhook to the last account of `lineage`, if it has fewer than `atMost`. */
  insertWebhook(
    webhook: NewWebhook,
    lineage: Lineage,
    audit: AuditEntry,
    atMost?: number,
  ): Promise<WebhookInsertOutcome>
  /** Changes a webhook, which must still be of the revision of `before`. */
  changeWebhook(
    before: WebhookRecord,
    change: WebhookChange,
    lineage: Lineage,
    audit: AuditEntry,
  ): Promise<WebhookChangeOutcome>
  /** Takes a webhook away with all that is queued for it. */
  removeWebhook(
    before: WebhookRecord,
    lineage: Lineage,
    audit: AuditEntry,
  ): Promise<'removed' | 'stale'>
  /**
   * Queues what is recorded for this webhook alone, be it enabled or not. It waits for nothing, and when
   * it is over what waits in its account is due.
   */
  queueTestEvent(
    before: WebhookRecord,
    lineage: Lineage,
    audit: AuditEntry,
  ): Promise<'queued' | 'stale'>
  /**
   * What is to be sent now: of each webhook but the busy ones the event that has been due longest. Of the
   * events of one account each waits for those before it. Every change of an account or a callflow
   * that is recorded is queued in its own transaction, for the webhooks of the account and, where they
   * include their branch, of those above it.
   */
  dueDeliveries(now: number, busy: BusyWebhooks, limit: number): Promise<readonly DueDelivery[]>
  /**
   * Records how an attempt ended, unless the event was given up meanwhile; disables the webhook by the
   * terms, and then records that.
   */
  recordAttempt(attempt: DeliveryAttempt, terms: DisableTerms, audit: AuditEntry): Promise<void>
  /** How many events wait to be sent, and how many were given up and are not forgotten yet, in all. */
  countDeliveries(): Promise<DeliveryCounts>
  /** Forgets up to `limit` deliveries that were over before a moment. */
  pruneDeliveries(before: number, limit: number): Promise<'more' | 'done'>

  findOrganization(key: OrganizationKey): Promise<OrganizationRecord | undefined>
  organizationsPage(
    status: OrganizationStatus | undefined,
    page: Page,
  ): Promise<readonly OrganizationRecord[]>
  insertOrganization(
    organization: OrganizationRecord,
    audit: AuditEntry,
  ): Promise<OrganizationInsertOutcome>

  /** What made this store's data; undefined while it is empty. */
  installationKind(): Promise<InstallationKind | undefined>
  /** Lays the first organization and the root account into an empty store. */
  install(
    kind: InstallationKind,
    organization: OrganizationRecord,
    root: NewAccount,
    audit: AuditEntry,
  ): Promise<void>
  /**
   * Audit rows of an account and of what belongs to it. A page of large rows ends before its limit, but
   * has one row at least where there is one; none behind a row that is gone, for so are all before it.
   */
  auditPage(accountSid: string, page: AuditPage): Promise<readonly AuditRecord[]>
  /** Records what is no change of anything else. */
  recordAudit(entries: readonly AuditEntry[]): Promise<void>
  /** Removes up to `limit` of the audit rows from before a moment, for good. */
  pruneAudit(before: number, limit: number): Promise<'more' | 'done'>
  /** Rejects when the store cannot be written; after a failed write, until one has worked. */
  probe(): Promise<void>
  /** Writes back what is pending and lets the file go; the second time it does nothing. */
  close(): Promise<void>
}
