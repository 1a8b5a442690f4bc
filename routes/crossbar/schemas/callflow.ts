import { named } from './schema.ts'

/** The document of a callflow (kazoo.md 5.3). */
export const callflows = named('callflows', {
  description:
    'What is done with calls to some numbers: a tree of steps such as answer, play, record',
  type: 'object',
  properties: {
    name: { description: 'What the callflow is called', type: 'string' },
    numbers: {
      description: 'The numbers that it is for',
      type: 'array',
      default: [],
      uniqueItems: true,
      items: { type: 'string', minLength: 1, maxLength: 36 },
    },
    patterns: {
      description: 'Regular expressions of the numbers that it is for',
      type: 'array',
      default: [],
      items: { type: 'string', minLength: 1 },
    },
    flow: { $ref: 'callflows.action' },
    metaflow: { $ref: 'metaflows' },
    featurecode: {
      description: 'The feature that a callflow with a pattern stands for',
      type: 'object',
      properties: {
        name: { description: 'Its name', type: 'string', minLength: 1, maxLength: 128 },
        number: {
          description: 'What is dialed for it',
          type: 'string',
          minLength: 1,
          maxLength: 30,
        },
      },
    },
    flags: {
      description: 'Marks for applications',
      type: 'array',
      items: { type: 'string' },
    },
    ringback: {
      description: 'What the caller hears meanwhile',
      type: 'object',
      properties: {
        early: { description: 'Before the call is answered', type: 'string' },
        transfer: { description: 'While it is transferred', type: 'string' },
      },
    },
  },
})

/** Any module name is taken (D28), and `data` must be there (D27). */
export const callflowsAction = named('callflows.action', {
  description: 'One step of a callflow',
  type: 'object',
  required: ['module', 'data'],
  properties: {
    module: { description: 'What is done', type: 'string', minLength: 1, maxLength: 64 },
    data: { description: 'What the module is told', type: 'object' },
    children: {
      description: 'The steps that may follow, by what the module finds',
      type: 'object',
      patternProperties: { '.+': { $ref: 'callflows.action' } },
    },
  },
})
