import type { NewAccountInput } from '../../lib/accounts/create.ts'
import { keyNameLimit, keyReaches, keyScopes, type NewApiKeyInput } from '../../lib/api-keys.ts'
import { parseEmail } from '../../lib/email.ts'
import { isoTime } from '../../lib/iso-time.ts'
import { checkedText } from '../../lib/text.ts'
import type { TwilioStatus } from '../../serializers/twilio/account.ts'
import { type FlatForm, knownParameters } from '../flat-form.ts'
import { TwilioError } from './errors.ts'

/** Code points that this dialect allows for a FriendlyName (decisions.md 13). */
export const friendlyNameLimit = 64

/**
 * The parameters of a create. Twilio knows FriendlyName alone; EmailAddress, Password and Role are
 * ours, with the rules of the Restcomm dialect. `now` dates the default name.
 */
export function readNewAccount(
  form: FlatForm,
  now: Date,
): Pick<NewAccountInput, 'friendlyName' | 'email' | 'password' | 'role'> {
  const given = knownParameters(form, ['FriendlyName', 'EmailAddress', 'Password', 'Role'])
  const email = present(given.EmailAddress)
  return {
    friendlyName: checkedName(
      present(given.FriendlyName) ?? `SubAccount Created at ${clockTime(now)}`,
    ),
    email: email === undefined ? undefined : parseEmail(email),
    password: present(given.Password),
    role: present(given.Role),
  }
}

export type Change = {
  readonly friendlyName: string | undefined
  readonly status: TwilioStatus | undefined
}

export function readChange(form: FlatForm): Change {
  const given = knownParameters(form, ['FriendlyName', 'Status'])
  return {
    status: given.Status === undefined ? undefined : twilioStatus(given.Status),
    friendlyName: given.FriendlyName === undefined ? undefined : checkedName(given.FriendlyName),
  }
}

export type Filter = {
  readonly friendlyName: string | undefined
  readonly status: TwilioStatus | undefined
}

/**
 * Throws for `DryRun`, which the other dialects know: here it would be one of the parameters that are
 * passed over, and nobody who sends it wants the close.
 */
export function refuseDryRun(...given: readonly FlatForm[]): void {
  if (given.some((form) => [...form.keys()].some((name) => name.toLowerCase() === 'dryrun'))) {
    throw new TwilioError(20001, 'Invalid parameter: DryRun, which this API does not have')
  }
}

/** The filters of a list; an empty one counts as absent. */
export function readFilter(query: FlatForm): Filter {
  const given = knownParameters(query, ['FriendlyName', 'Status'])
  const status = present(given.Status)
  return {
    friendlyName: present(given.FriendlyName),
    status: status === undefined ? undefined : twilioStatus(status),
  }
}

/** The parameters of a new key. Twilio knows FriendlyName alone; without the others a key may all that its account may. */
export function readNewKey(form: FlatForm, now: Date): NewApiKeyInput {
  const given = knownParameters(form, ['FriendlyName', 'Scope', 'Reach', 'ExpiresAt'])
  return {
    friendlyName: checkedName(present(given.FriendlyName) ?? `Key Created at ${clockTime(now)}`),
    scope: oneOf('Scope', present(given.Scope) ?? 'admin', keyScopes),
    reach: oneOf('Reach', present(given.Reach) ?? 'branch', keyReaches),
    expiresAt: given.ExpiresAt === undefined ? undefined : readTime('ExpiresAt', given.ExpiresAt),
  }
}

export function readKeyName(form: FlatForm): string | undefined {
  const { FriendlyName } = knownParameters(form, ['FriendlyName'])
  return FriendlyName === undefined ? undefined : checkedName(FriendlyName)
}

function checkedName(text: string): string {
  if (text === '') {
    throw new TwilioError(20002)
  }
  return checkedText('friendlyName', text, Math.min(friendlyNameLimit, keyNameLimit))
}

function twilioStatus(text: string): TwilioStatus {
  if (text !== 'active' && text !== 'suspended' && text !== 'closed') {
    throw new TwilioError(21475)
  }
  return text
}

function oneOf<Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === text)
  if (choice === undefined) {
    throw new TwilioError(20001, `Invalid parameter: ${name}, one of ${choices.join(', ')}`)
  }
  return choice
}

function readTime(name: string, text: string): Date {
  const time = isoTime(text)
  if (time === undefined) {
    throw new TwilioError(20001, `Invalid parameter: ${name}, a time such as 2027-01-31T00:00:00Z`)
  }
  return time
}

/** `2026-11-21 10:14 pm`, in UTC: as Twilio dates the names that it makes up. */
function clockTime(now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T')
  const hour = now.getUTCHours()
  const minute = time.slice(3, 5)
  const onTwelve = String(hour % 12 === 0 ? 12 : hour % 12).padStart(2, '0')
  return `${day} ${onTwelve}:${minute} ${hour < 12 ? 'am' : 'pm'}`
}

function present(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
