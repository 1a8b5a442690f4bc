import type { AccountStatus, JsonObject, JsonValue, PlacedAccount } from '../../db/store.ts'
import { withoutPrivate } from '../../lib/documents.ts'
import type { Services } from '../../lib/services.ts'
import { defaultTimezone, ownedKeys, storedDocument } from '../../serializers/crossbar/account.ts'
import { ValidationError } from './errors.ts'
import { type Faults, hasFaults } from './validation/faults.ts'
import { validateDocument } from './validation/index.ts'

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
  const allFaults = { ...faults, ...(await uniquenessFaults(services, parts, current, faults)) }
  if (hasFaults(allFaults)) {
    throw new ValidationError(allFaults)
  }
  return parts
}

/** The time zone for a new account that gives none or `inherit`: of the nearest account above that has one. */
export async function inheritedTimezone(
  services: Services,
  parent: PlacedAccount,
): Promise<JsonValue> {
  const keys = parent.lineage.map(({ sid }) => ({ sid }))
  const above = await services.store.findAccounts(keys)
  const nearest = above.findLast((account) => account?.document.timezone !== undefined)
  return nearest?.document.timezone ?? defaultTimezone
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
  const taken = await services.store.takenNames(asked, current?.sid)
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

function inUse(field: string, cause: string | undefined): Faults[string] {
  return { unique: { message: `The ${field} is in use by another account`, cause } }
}
