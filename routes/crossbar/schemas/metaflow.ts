import { metaflowModules } from './metaflow-modules.ts'
import { named } from './schema.ts'

/** Actions that the parties of a call start by keys (kazoo.md 5.5). */
export const metaflows = named('metaflows', {
  description: 'What the parties of a call can start by pressing keys',
  type: 'object',
  properties: {
    binding_digit: {
      description: 'The key that begins a sequence',
      type: 'string',
      enum: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'],
      default: '*',
    },
    digit_timeout: {
      description: 'Milliseconds between two keys before the sequence counts as complete',
      type: 'integer',
      minimum: 0,
    },
    listen_on: {
      description: 'Whose keys are listened to',
      type: 'string',
      enum: ['both', 'self', 'peer'],
    },
    numbers: {
      description: 'What a sequence starts',
      type: 'object',
      additionalProperties: false,
      patternProperties: { '^[0-9]+$': { $ref: 'metaflow' } },
    },
    patterns: {
      description: 'What a sequence that matches a regular expression starts',
      type: 'object',
      additionalProperties: false,
      patternProperties: { '.+': { $ref: 'metaflow' } },
    },
  },
})

/** `module` says which of the fifteen a node must fit, so that a fault has its precise place (D29). */
export const metaflow = named('metaflow', {
  description: 'One step of a metaflow: what is done, with what, and what follows',
  type: 'object',
  discriminator: { propertyName: 'module' },
  required: ['module'],
  properties: {
    module: { description: 'What is done', type: 'string', enum: metaflowModules },
    data: { description: 'What the module is told', type: 'object' },
    children: { $ref: 'metaflow_children' },
  },
  oneOf: metaflowModules.map((module) => ({ $ref: `metaflow.${module}` })),
})

export const metaflowChildren = named('metaflow_children', {
  description: 'The steps that may follow one of a metaflow',
  type: 'object',
  default: {},
  additionalProperties: false,
  patternProperties: { '.+': { $ref: 'metaflow' } },
})
