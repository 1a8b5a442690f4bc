import { setImmediate } from 'node:timers/promises'
import type { JsonObject, NumberConflict } from '../../db/store.ts'
import { conflictsOf } from '../../lib/callflows/change.ts'
import { nameOf } from '../../lib/callflows/flow.ts'
import { type NumberForm, normalizedNumber, textsOf } from '../../lib/callflows/numbers.ts'
import { compilePattern } from '../../lib/callflows/patterns.ts'
import { callflowsNamed } from '../../lib/callflows/read.ts'
import type { Services } from '../../lib/services.ts'
import { storedCallflow } from '../../serializers/crossbar/callflow.ts'
import { checkSize } from './documents.ts'
import { ValidationError } from './errors.ts'
import { type Faults, hasFaults, joinedFaults } from './validation/faults.ts'
import { validateDocument } from './validation/index.ts'

/** Whose document it is. */
export type CallflowPlace = {
  readonly accountSid: string
  /** Undefined for one that is yet to be made. */
  readonly id: string | undefined
}

/**
 * Checks a document of a callflow against its schema, its patterns by compiling them, and its numbers
 * against the other callflows of the account; whatever is wrong is told at once. Gives what is to be
 * stored. Throws `ValidationError`.
 */
export async function checkedCallflow(
  services: Services,
  { accountSid, id = '' }: CallflowPlace,
  data: JsonObject,
): Promise<JsonObject> {
  const { document: valid, faults: schemaFaults } = validateDocument(
    'callflows',
    storedCallflow(data),
  )
  checkSize(valid)
  const document = withNormalNumbers(valid, services.policy.crossbar.numberForm)
  const faults = joinedFaults(
    joinedFaults(numberFaults(document), await patternFaults(document)),
    schemaFaults,
  )
  const conflicts = await conflictsOf(services, accountSid, id, document)
  const taken = await conflictFaults(services, accountSid, conflicts)
  const all = joinedFaults(taken, faults)
  if (hasFaults(all)) {
    throw new ValidationError(all)
  }
  return document
}

/** The faults of numbers that others have; each names the callflow that has it. */
export async function conflictFaults(
  services: Services,
  accountSid: string,
  conflicts: readonly NumberConflict[],
): Promise<Faults> {
  const faults: Record<string, Faults[string]> = {}
  for (const { kind, value, callflowId } of conflicts) {
    const field = `${kind}s`
    if (faults[field] === undefined) {
      const [holder] = await callflowsNamed(services, accountSid, [callflowId])
      const name = (holder && nameOf(holder)) ?? callflowId
      const message = `The ${kind} ${value} is in use by the callflow ${name}`
      faults[field] = { unique: { message, cause: value } }
    }
  }
  return faults
}

/**
 * A callflow without a number or a pattern would never be reached (kazoo.md 6). Where one of the two
 * is no list at all, that is the fault.
 */
function numberFaults({ numbers, patterns }: JsonObject): Faults {
  const isReachable = !(isEmptyList(numbers) && isEmptyList(patterns))
  const message = 'A callflow needs a number or a pattern'
  return isReachable ? {} : { numbers: { required: { message } } }
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** How many patterns are compiled before other requests pass; one takes two milliseconds at most. */
const patternsAtOnce = 10

/** A pattern that the engine cannot run in linear time is refused before it is stored. */
async function patternFaults(document: JsonObject): Promise<Faults> {
  const faults: Record<string, Faults[string]> = {}
  for (const [index, text] of textsOf(document, 'patterns').entries()) {
    if (compilePattern(text) === undefined) {
      const message = 'The regular expression is malformed, too large, or needs back-references'
      faults[`patterns.${index}`] = { invalid: { message, cause: text } }
    }
    if (index % patternsAtOnce === patternsAtOnce - 1) {
      await setImmediate()
    }
  }
  return faults
}

function withNormalNumbers(document: JsonObject, form: NumberForm): JsonObject {
  const { numbers } = document
  if (!Array.isArray(numbers)) {
    return document
  }
  const normal = numbers.map((number) =>
    typeof number === 'string' ? normalizedNumber(number, form) : number,
  )
  return { ...document, numbers: [...new Set(normal)] }
}
