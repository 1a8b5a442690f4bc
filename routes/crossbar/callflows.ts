import type { CallflowRecord, JsonObject } from '../../db/store.ts'
import { requireLiving } from '../../lib/accounts/read.ts'
import {
  type CallflowResult,
  callflowIdOf,
  changeCallflow,
  createCallflow,
  removeCallflow,
} from '../../lib/callflows/change.ts'
import { callflowsNamed, listCallflows, readCallflow } from '../../lib/callflows/read.ts'
import { mergeDocument } from '../../lib/documents.ts'
import { DomainError } from '../../lib/errors.ts'
import { idOf } from '../../serializers/crossbar/account.ts'
import {
  callflowDocument,
  callflowRevision,
  callflowSummary,
  callflowWithMetadata,
  idsNamedBy,
} from '../../serializers/crossbar/callflow.ts'
import { gregorianSeconds } from '../../serializers/dates.ts'
import { checkedCallflow, conflictFaults } from './callflow-documents.ts'
import { namesRevision } from './entity-tags.ts'
import { ValidationError } from './errors.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'
import { filterParameters } from './filters.ts'
import { listed } from './listing.ts'
import { nextStartKey, pagingParameters } from './paging.ts'

const answer = { schema: 'Envelope' } as const

/** The callflows of an account (kazoo.md 6). */
export const callflowRoutes: readonly CrossbarRoute[] = [
  {
    method: 'GET',
    path: '/accounts/:id/callflows',
    operation: {
      summary: 'List the callflows of an account',
      query: [...pagingParameters, ...filterParameters],
      answer: { schema: 'ListEnvelope' },
      refusals: [400, 404],
    },
    handler: list,
  },
  {
    method: 'PUT',
    path: '/accounts/:id/callflows',
    operation: {
      summary: 'Make a callflow',
      json: 'callflows',
      answer: { status: 201, schema: 'Envelope' },
      refusals: [400, 404, 409],
    },
    handler: create,
    again: createdBefore,
  },
  {
    method: 'GET',
    path: '/accounts/:id/callflows/:callflow',
    operation: { summary: 'Read a callflow', answer, refusals: [404] },
    handler: read,
  },
  {
    method: 'POST',
    path: '/accounts/:id/callflows/:callflow',
    operation: {
      summary: 'Replace the document of a callflow',
      json: 'callflows',
      answer,
      refusals: [400, 404, 409, 412],
    },
    handler: (exchange) => change(exchange, (_before, sent) => sent),
    again,
  },
  {
    method: 'PATCH',
    path: '/accounts/:id/callflows/:callflow',
    operation: {
      summary: 'Lay a patch over the document of a callflow; null takes a key away',
      json: 'callflows',
      answer,
      refusals: [400, 404, 409, 412],
    },
    handler: (exchange) => change(exchange, mergeDocument),
    again,
  },
  {
    method: 'DELETE',
    path: '/accounts/:id/callflows/:callflow',
    operation: { summary: 'Delete a callflow', answer, refusals: [404, 409, 412] },
    handler: remove,
  },
]

async function list(exchange: Exchange): Promise<Answer> {
  const { services, caller } = exchange
  // Once more with every chunk; but who may comes before what the query says (D6).
  const target = requireLiving(caller, 'readCallflows', exchange.target)
  return listed(exchange, {
    items: ({ ascending, after }) =>
      listCallflows(services, caller, target, { ascending, ...(after && { after: after.sid }) }),
    filterable: (callflow) => ({
      ...callflowDocument(callflow),
      created: gregorianSeconds(new Date(callflow.createdAt)),
      modified: gregorianSeconds(new Date(callflow.updatedAt)),
    }),
    summary: callflowSummary,
    keyOf: ({ id }) => nextStartKey('', id),
  })
}

async function create(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const { sid } = requireLiving(caller, 'changeCallflows', target)
  const data = await exchange.data()
  const checked = () => checkedCallflow(services, { accountSid: sid, id: undefined }, data)
  const made = await stored(exchange, sid, createCallflow(services, caller, target, checked))
  return createdAnswer(await answerOf(exchange, made), made)
}

async function createdBefore(exchange: Exchange, sid: string): Promise<Answer> {
  const made = await writtenBefore(exchange, sid)
  return createdAnswer(await answerOf(exchange, made), made)
}

function createdAnswer(answered: Answer, { accountSid, id }: CallflowRecord): Answer {
  return { ...answered, status: 201, location: `/v2/accounts/${idOf(accountSid)}/callflows/${id}` }
}

async function again(exchange: Exchange, sid: string): Promise<Answer> {
  return answerOf(exchange, await writtenBefore(exchange, sid))
}

/** A callflow that an equal request has made or changed, as it is now, to whoever may still do that. */
function writtenBefore(
  { services, caller, target }: Exchange,
  sid: string,
): Promise<CallflowRecord> {
  const account = requireLiving(caller, 'changeCallflows', target)
  return readCallflow(services, caller, account, callflowIdOf(sid))
}

async function read(exchange: Exchange): Promise<Answer> {
  const { services, caller, target, name } = exchange
  return answerOf(exchange, await readCallflow(services, caller, target, name))
}

async function change(
  exchange: Exchange,
  documentFrom: (before: JsonObject, sent: JsonObject) => JsonObject,
): Promise<Answer> {
  const { services, caller, target, name, data } = exchange
  const { sid } = requireLiving(caller, 'changeCallflows', target)
  const sent = await data()
  const result = changeCallflow(services, caller, target, name, (before) => {
    requireSeen(exchange, before)
    const document = documentFrom(before.document, sent)
    return checkedCallflow(services, { accountSid: sid, id: name }, document)
  })
  return answerOf(exchange, await stored(exchange, sid, result))
}

async function remove(exchange: Exchange): Promise<Answer> {
  const { services, caller, target, name } = exchange
  const seen = (before: CallflowRecord) => requireSeen(exchange, before)
  return answerOf(exchange, await removeCallflow(services, caller, target, name, seen))
}

/** What was written. Throws `ValidationError` when a number was taken at the last moment. */
async function stored(
  { services }: Exchange,
  accountSid: string,
  result: Promise<CallflowResult>,
): Promise<CallflowRecord> {
  const written = await result
  if ('callflow' in written) {
    return written.callflow
  }
  throw new ValidationError(await conflictFaults(services, accountSid, written.conflicts))
}

/** With If-Match, refuses to write over what the client has not seen. */
function requireSeen({ ifMatch }: Exchange, before: CallflowRecord): void {
  if (ifMatch !== undefined && !namesRevision(ifMatch, callflowRevision(before))) {
    throw new DomainError({ kind: 'preconditionFailed' })
  }
}

async function answerOf({ services }: Exchange, callflow: CallflowRecord): Promise<Answer> {
  const named = await callflowsNamed(services, callflow.accountSid, idsNamedBy(callflow))
  return { data: callflowWithMetadata(callflow, named), revision: callflowRevision(callflow) }
}
