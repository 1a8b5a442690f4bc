import type {
  AccountStatus,
  JsonObject,
  JsonValue,
  Lineage,
  PlacedAccount,
} from '../../db/store.ts'
import { takenNames } from '../../lib/accounts/names.ts'
import { inheritedValue } from '../../lib/accounts/tree.ts'
import { withoutPrivate } from '../../lib/documents.ts'
import type { Services } from '../../lib/services.ts'
import { textFault } from '../../lib/text.ts'
import { defaultTimezone, ownedKeys, storedDocument } from '../../serializers/crossbar/account.ts'
import { HttpError } from '../http-error.ts'
import { brokenJson, mostDocumentBytes } from './body.ts'
import { inUse, ValidationError } from './errors.ts'
import { type Faults, hasFaults, joinedFaults } from './validation/faults.ts'
import { validateDocument } from './validation/index.ts'
import { checkJsonLimits, documentLimits } from './validation/limits.ts'

/** A checked account document, taken apart: the facts of the tree, and what is kept as it was sent. */
export type AccountParts = {
  readonly name: string
  readonly realm: string | undefined
  readonly enabled: boolean | undefined
  readonly document: JsonObject
}

/**
 * Checks a document of an account against its schema and its realm and name against the living
 * accounts other than `current`, the name only when it is another; whatever is wrong is told at once. Throws `ValidationError`.
 */
export async function checkedAccount(
  services: Services,
  data: JsonObject,
  current: PlacedAccount | undefined,
): Promise<AccountParts> {
  const sent = withoutPrivate(data, ownedKeys)
  const { document, faults } = validateDocument('accounts', withoutBlanks(sent))
  const parts = partsOf(document, sent.enabled)
  checkSize(parts.document)
  const fieldFaults = joinedFaults(nameFault(parts.name), faults)
  const taken = await uniquenessFaults(services, parts, current, fieldFaults)
  const allFaults = joinedFaults(fieldFaults, taken)
  if (hasFaults(allFaults)) {
    throw new ValidationError(allFaults)
  }
  return parts
}

/** Of what patches and defaults have made, so that every document can be sent back as it was read. */
export function checkSize(document: JsonObject): void {
  const checked = checkJsonLimits(document, documentLimits)
  if (!checked.ok) {
    throw brokenJson(checked.fault)
  }
  if (Buffer.byteLength(JSON.stringify(document)) > mostDocumentBytes) {
    throw new HttpError(413, `The document is longer than ${mostDocumentBytes} bytes`)
  }
}

/** A name is one line, in this dialect as in the others; the schema lets other texts have several. */
function nameFault(name: string): Faults {
  const isOneLine = textFault(name, Number.POSITIVE_INFINITY) === undefined
  const message = 'The text has a character that is not allowed'
  return isOneLine ? {} : { name: { invalid: { message, cause: name } } }
}

/** The document with the time zone of the nearest account above that has one, where it says `inherit`. */
export async function withTimezone(
  services: Services,
  document: JsonObject,
  above: Lineage,
): Promise<JsonObject> {
  return document.timezone === 'inherit'
    ? {
        ...document,
        timezone: (await inheritedValue(services, above, 'timezone')) ?? defaultTimezone,
      }
    : document
}

/** The own status that `enabled` asks for; undefined when that is how it is. */
export function statusFor(
  enabled: boolean | undefined,
  current: AccountStatus,
): AccountStatus | undefined {
  const isOff = current === 'suspended' || current === 'inactive'
  if (enabled === undefined || enabled === !isOff) {
    return undefined
  }
  return enabled ? 'active' : 'suspended'
}

/** Blanks in a realm are a slip and are taken out (kazoo.md 4.3). */
function withoutBlanks(document: JsonObject): JsonObject {
  const { realm } = document
  return typeof realm === 'string' ? { ...document, realm: realm.replace(/\s/g, '') } : document
}

/** The schema's standard for `enabled` is for a new account; what was not sent stays. */
function partsOf(document: JsonObject, sentEnabled: JsonValue | undefined): AccountParts {
  const { name, realm, enabled } = document
  return {
    name: typeof name === 'string' ? name : '',
    realm: typeof realm === 'string' ? realm.toLowerCase() : undefined,
    enabled: sentEnabled !== undefined && typeof enabled === 'boolean' ? enabled : undefined,
    document: storedDocument(document),
  }
}

async function uniquenessFaults(
  services: Services,
  { name, realm }: AccountParts,
  current: PlacedAccount | undefined,
  faults: Faults,
): Promise<Faults> {
  const asked = {
    ...(realm !== undefined && faults.realm === undefined && { realm }),
    ...(isNameChecked(services, name, current) && faults.name === undefined && { name }),
  }
  const taken = await takenNames(services, asked, current)
  return {
    ...(taken.realm && { realm: inUse('realm', realm) }),
    ...(taken.name && { name: inUse('name', name) }),
  }
}

/** A name given through another dialect may be another's too, and stays until it is changed (decisions.md 13). */
export function isNameChecked(
  services: Services,
  name: string,
  current: PlacedAccount | undefined,
): boolean {
  return services.policy.crossbar.ensureUniqueName && name !== current?.friendlyName
}
