import { type JsonSchema, named } from './schema.ts'

export const metaflowModules = [
  'audio_level',
  'break',
  'callflow',
  'hangup',
  'hold',
  'hold_control',
  'intercept',
  'move',
  'play',
  'record_call',
  'resume',
  'say',
  'sound_touch',
  'transfer',
  'tts',
] as const

export type MetaflowModule = (typeof metaflowModules)[number]

const text = { type: 'string' } as const
const integer = { type: 'integer' } as const
const yes = { type: 'boolean', default: true } as const
const no = { type: 'boolean', default: false } as const

/** The fifteen modules of kazoo.md 5.5: what their `data` may and must hold. */
export const moduleSchemas = {
  'metaflow.audio_level': moduleSchema('audio_level', 'Changes how loud a party is', {
    required: ['action'],
    properties: { action: text, level: text, mode: text },
  }),
  'metaflow.break': {
    ...moduleSchema('break', 'Ends what is being played', undefined),
    additionalProperties: false,
  },
  'metaflow.callflow': moduleSchema('callflow', 'Sends the call into a callflow', {
    required: ['id'],
    properties: { id: text },
  }),
  'metaflow.hangup': moduleSchema('hangup', 'Ends the call', undefined),
  'metaflow.hold': moduleSchema('hold', 'Holds the call until a key is pressed', {
    properties: {
      moh_aleg: text,
      moh_bleg: text,
      unhold_key: { type: 'string', default: '1' },
    },
  }),
  'metaflow.hold_control': moduleSchema('hold_control', 'Holds the call or goes on with it', {
    mayBeMissing: true,
    properties: {
      action: { type: 'string', enum: ['hold', 'unhold', 'toggle'], default: 'toggle' },
    },
  }),
  'metaflow.intercept': moduleSchema('intercept', 'Takes over the call of another', {
    required: ['target_type', 'target_id'],
    properties: {
      target_type: { type: 'string', enum: ['device', 'user', 'number'] },
      target_id: text,
      auto_answer: no,
      unbridged_only: yes,
    },
  }),
  'metaflow.move': moduleSchema('move', 'Takes the call to another device', {
    properties: { device_id: text, owner_id: text, auto_answer: no },
  }),
  'metaflow.play': moduleSchema('play', 'Plays a recording to the parties', {
    required: ['id'],
    properties: {
      id: text,
      leg: { type: 'string', enum: ['both', 'self', 'peer'], default: 'both' },
    },
  }),
  'metaflow.record_call': moduleSchema('record_call', 'Records the call', {
    required: ['action'],
    properties: {
      action: { type: 'string', enum: ['start', 'stop', 'toggle'], default: 'toggle' },
      format: text,
      media_name: text,
    },
  }),
  'metaflow.resume': moduleSchema('resume', 'Goes on with the call', undefined),
  'metaflow.say': moduleSchema('say', 'Says a text by the phrases of the system', {
    required: ['text'],
    properties: { text, language: text, method: text, type: text },
  }),
  'metaflow.sound_touch': moduleSchema('sound_touch', 'Changes the pitch and pace of a party', {
    required: ['action'],
    properties: {
      action: { type: 'string', enum: ['start', 'stop'] },
      adjust_in_octaves: integer,
      adjust_in_semitones: integer,
      pitch: integer,
      rate: integer,
      tempo: integer,
      hook_dtmf: no,
      sending_leg: no,
    },
  }),
  'metaflow.transfer': moduleSchema('transfer', 'Transfers the call', {
    properties: {
      'Transfer-Type': { type: 'string', default: 'attended' },
      captures: text,
      target: text,
    },
  }),
  'metaflow.tts': moduleSchema('tts', 'Reads a text aloud', {
    required: ['text'],
    properties: {
      text,
      engine: { type: 'string', default: 'flite' },
      language: text,
      leg: { type: 'string', default: 'self' },
      terminators: text,
      voice: { type: 'string', default: 'female' },
    },
  }),
} satisfies Record<`metaflow.${MetaflowModule}`, JsonSchema>

type ModuleData = Pick<JsonSchema, 'required' | 'properties'> & { readonly mayBeMissing?: true }

/** A module that is told nothing (`undefined`) may still be given a `data` with anything in it. */
function moduleSchema(
  module: MetaflowModule,
  description: string,
  data: ModuleData | undefined,
): JsonSchema {
  const { mayBeMissing = false, ...rules } = data ?? { mayBeMissing: true }
  return named(`metaflow.${module}`, {
    description,
    type: 'object',
    required: mayBeMissing ? ['module'] : ['module', 'data'],
    properties: {
      module: { type: 'string', enum: [module] },
      data: { type: 'object', ...rules },
      children: { $ref: 'metaflow_children' },
    },
  })
}
