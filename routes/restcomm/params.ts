import type { AccountStatus, OrganizationKey, OrganizationStatus } from '../../db/store.ts'
import { accountStatuses } from '../../lib/account-status.ts'
import type { AccountChangeInput } from '../../lib/accounts/change.ts'
import type { NewAccountInput } from '../../lib/accounts/create.ts'
import { withoutTrailingDot } from '../../lib/domain-name.ts'
import { parseEmail } from '../../lib/email.ts'
import { invalid } from '../../lib/errors.ts'
import { checkedText } from '../../lib/text.ts'
import { allEvents, type Webhook, type WebhookInput } from '../../lib/webhooks/webhook.ts'
import { type FlatForm, knownParameters } from '../flat-form.ts'
import { HttpError } from '../http-error.ts'

/** Code points that this dialect allows for a FriendlyName (decisions.md 13). */
export const friendlyNameLimit = 64

const creating = [
  'EmailAddress',
  'Password',
  'FriendlyName',
  'Status',
  'Role',
  'OrganizationSid',
] as const

/** The parameters of a create; the first fault in the original's order is thrown (restcomm.md 7). */
export function readNewAccount(form: FlatForm): Omit<NewAccountInput, 'maxDepth'> {
  const given = knownParameters(form, creating)
  const address = required('email', given.EmailAddress)
  const password = required('password', given.Password)
  const email = parseEmail(address)
  const status = present(given.Status) === undefined ? 'active' : accountStatus(given.Status)
  const friendlyName = present(given.FriendlyName) ?? firstCodePoints(email, friendlyNameLimit)
  return {
    email,
    password,
    friendlyName: checkedText('friendlyName', friendlyName, friendlyNameLimit),
    status,
    role: present(given.Role),
    organizationSid: present(given.OrganizationSid),
  }
}

const changing = ['FriendlyName', 'Status', 'Password', 'Role'] as const

/** The parameters of an update. Anything else that a client reads in an account may be sent back and is ignored. */
export function readChange(form: FlatForm): AccountChangeInput {
  const given = knownParameters(form, changing)
  return {
    status: given.Status === undefined ? undefined : accountStatus(given.Status),
    friendlyName:
      given.FriendlyName === undefined
        ? undefined
        : checkedText('friendlyName', given.FriendlyName, friendlyNameLimit),
    password: given.Password,
    role: given.Role,
  }
}

/**
 * Whether a change is a close that is only to be looked at. Throws `invalid` for `DryRun` with anything
 * but that, and in the query, where nobody would look for it: whoever sends it wants nothing changed.
 */
export function asksForPreview(form: FlatForm, query: () => FlatForm): boolean {
  const { DryRun, ...change } = knownParameters(form, ['DryRun', ...changing])
  const wanted = DryRun?.toLowerCase() ?? 'false'
  if (wanted !== 'true' && wanted !== 'false') {
    throw invalid('dryRun', { rule: 'unknown', value: wanted, allowed: ['true', 'false'] })
  }
  const isClose = change.Status?.toLowerCase() === 'closed'
  const isCloseAlone = isClose && Object.keys(change).length === 1
  const isMisplaced = isClose && knownParameters(query(), ['DryRun']).DryRun !== undefined
  if (isMisplaced || (wanted === 'true' && !isCloseAlone)) {
    throw new HttpError(400, dryRunText)
  }
  return wanted === 'true'
}

const dryRunText = 'DryRun is invalid: it goes into the form, with Status=closed and nothing else'

export const booleans = ['true', 'false'] as const

const ofWebhooks = ['Url', 'FriendlyName', 'Events', 'IncludeSubaccounts', 'Enabled'] as const

/** A webhook as the parameters make it, of a new one or of one that is there. */
export function readWebhook(form: FlatForm): (before: Webhook | undefined) => WebhookInput {
  const given = knownParameters(form, ofWebhooks)
  const events = given.Events?.split(',').map((name) => name.trim())
  const includesBranch = booleanFrom('includesBranch', given.IncludeSubaccounts)
  const enabled = booleanFrom('enabled', given.Enabled)
  return (before) => ({
    url: given.Url ?? before?.url ?? '',
    name: present(given.FriendlyName) ?? before?.name,
    events: events ?? before?.events ?? [allEvents],
    includesBranch: includesBranch ?? before?.includesBranch ?? false,
    enabled: enabled ?? before?.enabled ?? true,
  })
}

function booleanFrom(field: string, text: string | undefined): boolean | undefined {
  if (text === undefined) {
    return undefined
  }
  const word = booleans.find((each) => each === text.toLowerCase())
  if (word === undefined) {
    throw invalid(field, { rule: 'unknown', value: text, allowed: booleans })
  }
  return word === 'true'
}

/** The filter of an account list; a blank one counts as absent, and the SID wins over the name. */
export function readOrganizationFilter(query: FlatForm): OrganizationKey | undefined {
  const given = knownParameters(query, ['OrganizationSid', 'DomainName'])
  const sid = present(given.OrganizationSid)
  if (sid !== undefined) {
    return { sid }
  }
  const domainName = present(given.DomainName)
  return domainName === undefined ? undefined : { domainName: withoutTrailingDot(domainName) }
}

/** The organization of a migration, by SID or domain name. */
export function readMigration(form: FlatForm): string | undefined {
  return knownParameters(form, ['Organization']).Organization
}

export function readOrganizationStatus(query: FlatForm): OrganizationStatus | undefined {
  const text = present(knownParameters(query, ['Status']).Status)
  const folded = text?.toLowerCase()
  if (text === undefined || folded === 'active' || folded === 'closed') {
    return folded === 'active' || folded === 'closed' ? folded : undefined
  }
  throw invalid('organizationStatus', { rule: 'unknown', value: text })
}

/** Status words are read in any letter case: the console creates with `ACTIVE` and updates with `suspended`. */
function accountStatus(text = ''): AccountStatus {
  const status = accountStatuses.find((candidate) => candidate === text.toLowerCase())
  if (status === undefined) {
    throw invalid('status', { rule: 'unknown', value: text })
  }
  return status
}

function required(field: string, text: string | undefined): string {
  if (text === undefined || text === '') {
    throw invalid(field, { rule: 'required' })
  }
  return text
}

function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function firstCodePoints(text: string, count: number): string {
  return [...text].slice(0, count).join('')
}
