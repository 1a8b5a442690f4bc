import { accounts, callerId, callWaiting, dialplans, notifyCallback } from './account.ts'
import { callflows, callflowsAction } from './callflow.ts'
import { apiAuth, userAuth } from './login.ts'
import { metaflow, metaflowChildren, metaflows } from './metaflow.ts'
import { moduleSchemas } from './metaflow-modules.ts'
import type { JsonSchema } from './schema.ts'
import { webhooks } from './webhook.ts'

const schemas = {
  accounts,
  api_auth: apiAuth,
  call_waiting: callWaiting,
  caller_id: callerId,
  callflows,
  'callflows.action': callflowsAction,
  dialplans,
  metaflow,
  ...moduleSchemas,
  metaflow_children: metaflowChildren,
  metaflows,
  'notify.callback': notifyCallback,
  user_auth: userAuth,
  webhooks,
}

export type SchemaName = keyof typeof schemas

/** The names under which schemas are served (kazoo.md 5.6), sorted. */
export const schemaNames: readonly SchemaName[] = Object.keys(schemas).filter(isSchemaName).sort()

/** Whether a schema of that name is served. */
export function isSchemaName(name: string): name is SchemaName {
  return Object.hasOwn(schemas, name)
}

/** The schema of that name, which is also the one that documents are checked by. */
export function schemaOf(name: SchemaName): JsonSchema
export function schemaOf(name: string): JsonSchema | undefined
export function schemaOf(name: string): JsonSchema | undefined {
  return isSchemaName(name) ? schemas[name] : undefined
}
