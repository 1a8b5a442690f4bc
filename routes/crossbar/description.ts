import { schemaNames } from './schemas/index.ts'

const text = { type: 'string' } as const

const envelope = {
  revision: text,
  timestamp: text,
  version: text,
  request_id: text,
  status: { const: 'success' },
  auth_token: { ...text, description: 'The session, when the caller used or got one.' },
} as const

/** The envelope of this dialect; what `data` may be is told by the schemas at `/v2/schemas`. */
export const schemas = {
  Envelope: {
    type: 'object',
    required: ['data', 'status', 'request_id', 'revision'],
    additionalProperties: false,
    properties: { data: {}, ...envelope },
  },
  ListEnvelope: {
    type: 'object',
    required: ['data', 'status', 'request_id', 'revision'],
    additionalProperties: false,
    properties: {
      data: { type: 'array' },
      page_size: { type: 'integer', minimum: 0 },
      start_key: text,
      next_start_key: text,
      ...envelope,
    },
  },
  Error: {
    type: 'object',
    required: ['data', 'error', 'message', 'status', 'request_id'],
    additionalProperties: false,
    properties: {
      data: { type: 'object' },
      error: { type: 'string', pattern: '^[45]\\d\\d$' },
      message: text,
      status: { const: 'error' },
      request_id: text,
      auth_token: { ...text, description: 'The session, when the caller is known by one.' },
    },
  },
} as const

/** The envelopes of the bodies that routes take, by the name in `Operation.json`. */
export const bodies: Readonly<Record<string, object>> = {
  ...Object.fromEntries(schemaNames.map((name) => [name, bodyOf(documentOf(name))])),
  any: bodyOf({ type: 'object' }),
  move: bodyOf({ type: 'object', required: ['to'], properties: { to: text } }),
  tokeninfo: bodyOf({ type: 'object', properties: { token: text } }),
}

function bodyOf(data: object): object {
  return { type: 'object', required: ['data'], properties: { data } }
}

/** The schemas are of another draft than this description, which therefore only says where they are. */
function documentOf(name: string): object {
  return {
    type: 'object',
    description: `The schema at /v2/schemas/${name} tells what it may hold.`,
  }
}
