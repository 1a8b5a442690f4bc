import { named } from './schema.ts'

/** The document of an account (kazoo.md 5.2). A default of a referred schema stands in that schema. */
export const accounts = named('accounts', {
  description: 'A tenant of the system, with the settings that its calls begin with',
  type: 'object',
  required: ['name'],
  properties: {
    name: {
      description: 'What the account is called',
      type: 'string',
      minLength: 1,
      maxLength: 128,
    },
    realm: {
      description: 'The SIP realm, such as account1.example.com; made up when it is not given',
      type: 'string',
      minLength: 4,
      maxLength: 253,
      pattern: '^[.\\w-]+$',
    },
    language: { description: 'The language', type: 'string', default: 'en-us' },
    timezone: {
      description: 'The time zone; that of the account above when it is not given',
      type: 'string',
      minLength: 5,
      maxLength: 32,
    },
    enabled: { description: 'Whether the account may be used', type: 'boolean', default: true },
    org: { description: 'The full legal name of the organization', type: 'string' },
    call_restriction: {
      description: 'What is done with calls to numbers of each class',
      type: 'object',
      default: {},
      additionalProperties: {
        type: 'object',
        properties: {
          action: {
            description: 'Whether calls of the class are refused, or the account above decides',
            type: 'string',
            enum: ['inherit', 'deny'],
          },
        },
      },
    },
    call_waiting: { $ref: 'call_waiting' },
    caller_id: { $ref: 'caller_id' },
    dial_plan: { $ref: 'dialplans' },
    do_not_disturb: {
      type: 'object',
      properties: {
        enabled: { description: 'Whether calls are turned away at first', type: 'boolean' },
      },
    },
    metaflows: { $ref: 'metaflows' },
    music_on_hold: {
      description: 'What a held call hears',
      type: 'object',
      default: {},
      properties: {
        media_id: { description: 'The id of the media', type: 'string', maxLength: 128 },
      },
    },
    preflow: {
      description: 'Callflows that come before the one that a number asks for',
      type: 'object',
      default: {},
      additionalProperties: false,
      properties: {
        always: { description: 'The id of the callflow that always comes first', type: 'string' },
      },
    },
    ringtones: {
      description: 'The Alert-Info headers of calls',
      type: 'object',
      default: {},
      properties: {
        internal: { description: 'For calls from within', type: 'string', maxLength: 256 },
        external: { description: 'For calls from outside', type: 'string', maxLength: 256 },
      },
    },
    voicemail: {
      type: 'object',
      properties: {
        notify: {
          type: 'object',
          properties: { callback: { $ref: 'notify.callback' } },
        },
      },
    },
  },
})

export const callWaiting = named('call_waiting', {
  description: 'Call waiting as the server does it',
  type: 'object',
  properties: {
    enabled: { description: 'Whether a second call is let through', type: 'boolean' },
  },
})

const callerName = { description: 'The name that is shown', type: 'string', maxLength: 35 } as const
const callerNumber = {
  description: 'The number that is shown',
  type: 'string',
  maxLength: 35,
} as const

export const callerId = named('caller_id', {
  description: 'Who is shown as calling, by the kind of call',
  type: 'object',
  default: {},
  properties: {
    internal: {
      description: 'Calls to extensions of the account',
      type: 'object',
      properties: { name: callerName, number: callerNumber },
    },
    external: {
      description: 'Calls to numbers outside',
      type: 'object',
      properties: { name: callerName, number: callerNumber },
    },
    emergency: {
      description: 'Calls that go out by a resource for emergencies',
      type: 'object',
      properties: { name: callerName, number: callerNumber },
    },
    asserted: {
      description: 'The identity that the network vouches for',
      type: 'object',
      properties: {
        name: callerName,
        number: callerNumber,
        realm: { description: 'The realm of the identity', type: 'string' },
      },
    },
  },
})

export const dialplans = named('dialplans', {
  description:
    'How dialed numbers are rewritten: by expressions of the own and plans of the system',
  type: 'object',
  default: {},
  properties: {
    system: {
      description: 'The names of plans that the system has',
      type: 'array',
      items: { type: 'string' },
    },
  },
  additionalProperties: {
    description: 'What becomes of a number that the expression, which is the key, matches',
    type: 'object',
    properties: {
      description: { description: 'What the rule is for', type: 'string' },
      prefix: { description: 'What is put before the number', type: 'string' },
      suffix: { description: 'What is put behind it', type: 'string' },
    },
  },
})

/** kazoo.md 5.4. */
export const notifyCallback = named('notify.callback', {
  description: 'A call back that tells of new messages',
  type: 'object',
  properties: {
    attempts: { description: 'How often it is tried', type: 'integer' },
    disabled: { description: 'Whether there is none', type: 'boolean' },
    interval_s: { description: 'Seconds between two attempts', type: 'integer' },
    number: { description: 'The number that is called', type: 'string' },
    schedule: {
      description: 'Seconds before each attempt',
      type: 'array',
      items: { type: 'integer' },
    },
    timeout_s: { description: 'Seconds to wait for an answer', type: 'integer' },
  },
})
