import type { JsonObject, JsonValue } from '../../../db/store.ts'
import { isJsonObject } from '../../../lib/documents.ts'
import { type SchemaName, schemaOf } from '../schemas/index.ts'
import type { JsonSchema } from '../schemas/schema.ts'
import type { FaultReport, Place } from './faults.ts'
import { isSoundText, repaired } from './scalars.ts'
import { defaultsOf, isStep, memberSchema, resolve, type Step } from './schema-lookup.ts'

/** How many levels of children a callflow or metaflow may have below its first step (D28). */
export const maxFlowDepth = 256

/** What a validator checks by itself: the document, or a step of a flow, each without the steps below. */
export type Part = {
  readonly schema: SchemaName
  readonly value: JsonObject
  readonly place: Place
}

export type Prepared = { readonly document: JsonObject; readonly parts: readonly Part[] }

type Container = JsonValue[] | Record<string, JsonValue>

/** An object or array whose copies get their members next. */
type Task = {
  readonly source: JsonObject | readonly JsonValue[]
  /** In the document that comes out. */
  readonly copy: Container
  /** In the part to check. */
  readonly part: Container
  /** What is known of it: a schema without `$ref`; undefined where a document is free. */
  readonly schema: JsonSchema | undefined
  readonly place: Place
  /** How many steps of a flow lead here. */
  readonly steps: number
}

type Work = { readonly tasks: Task[]; readonly parts: Part[]; readonly report: FaultReport }

/**
 * Copies a document, with defaults filled in and loose types repaired wherever the schema knows the
 * place, and takes flows apart, so that nobody has to recurse into them; does not recurse itself.
 * Reports what no answer could carry, and flows that are too deep; these are left out of the copy.
 */
export function prepare(name: SchemaName, source: JsonObject, report: FaultReport): Prepared {
  const document = {}
  const work: Work = { tasks: [], parts: [], report }
  beginPart({ source, copy: document, place: undefined, steps: isStep(name) ? 1 : 0 }, name, work)
  for (let task = work.tasks.pop(); task !== undefined; task = work.tasks.pop()) {
    copyMembers(task, work)
  }
  return { document, parts: work.parts }
}

function beginPart(task: Omit<Task, 'part' | 'schema'>, name: SchemaName, { parts, tasks }: Work) {
  const part = {}
  parts.push({ schema: name, value: part, place: task.place })
  tasks.push({ ...task, part, schema: resolve(schemaOf(name), task.source) })
}

function copyMembers(task: Task, work: Work) {
  const missing = Array.isArray(task.source) ? [] : defaultsOf(task.schema)
  const defaults = missing.filter(([key]) => !Object.hasOwn(task.source, key))
  for (const [key, value] of [...Object.entries(task.source), ...defaults]) {
    reportUnsound(key, value, { above: task.place, key }, work.report)
    if (key !== '__proto__') {
      copyMember(task, key, value, work)
    }
  }
}

function copyMember(task: Task, key: string, value: JsonValue, work: Work) {
  const member = Array.isArray(task.source) ? task.schema?.items : memberSchema(task.schema, key)
  const schema = resolve(member, value)
  if (typeof value !== 'object' || value === null) {
    const scalar = typeof value === 'string' ? repaired(value, schema?.type) : value
    put(task.copy, key, scalar)
    put(task.part, key, scalar)
    return
  }
  if (isStep(member?.$ref) && isJsonObject(value)) {
    copyStep(task, key, value, member.$ref, work)
    return
  }
  const [copy, part]: [Container, Container] = Array.isArray(value) ? [[], []] : [{}, {}]
  put(task.copy, key, copy)
  put(task.part, key, part)
  const place = { above: task.place, key }
  work.tasks.push({ source: value, copy, part, schema, place, steps: task.steps })
}

function copyStep(task: Task, key: string, source: JsonObject, step: Step, work: Work) {
  const place = { above: task.place, key }
  if (task.steps > maxFlowDepth) {
    work.report.add(place, 'maximum', tooDeep)
    return
  }
  const copy = {}
  put(task.copy, key, copy)
  beginPart({ source, copy, place, steps: task.steps + 1 }, step, work)
}

const tooDeep = {
  message: `A flow has at most ${maxFlowDepth} levels of children`,
  target: maxFlowDepth,
  value: maxFlowDepth + 1,
}

function put(copy: Container, key: string, value: JsonValue) {
  if (Array.isArray(copy)) {
    copy.push(value)
  } else {
    copy[key] = value
  }
}

function reportUnsound(key: string, value: JsonValue, place: Place, report: FaultReport) {
  if (key === '__proto__' || !isSoundText(key)) {
    report.add(place, 'invalid', { message: 'The key is not allowed', cause: key })
  }
  if (typeof value === 'string' && !isSoundText(value)) {
    const message = 'The text has a character that is not allowed'
    report.add(place, 'invalid', { message, cause: value })
  }
  // Beyond 2^53 JSON.parse rounds whole numbers without a word, and makes Infinity of 1e999.
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    const message = 'The number is too large to be kept with all its digits; send it as a text'
    report.add(place, 'invalid', { message, cause: String(value) })
  }
}
