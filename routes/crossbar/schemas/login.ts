import { named } from './schema.ts'

/** kazoo.md 2.1. Kazoo's keys have 64 characters, our AuthTokens 32 (D7). */
export const apiAuth = named('api_auth', {
  description: 'A login with the key of an account',
  type: 'object',
  required: ['api_key'],
  additionalProperties: false,
  properties: {
    api_key: { description: 'The key', type: 'string', minLength: 32, maxLength: 64 },
  },
})

const realm = { type: 'string', minLength: 4, maxLength: 253, pattern: '^[.\\w-]+$' } as const

/** kazoo.md 2.2. */
export const userAuth = named('user_auth', {
  description: 'A login with the hash of a user name and password',
  type: 'object',
  required: ['credentials'],
  properties: {
    credentials: {
      description: 'The digest of username:password in hexadecimal digits',
      type: 'string',
      minLength: 1,
      maxLength: 64,
    },
    method: {
      description: 'How the digest was made',
      type: 'string',
      enum: ['md5', 'sha'],
      default: 'md5',
    },
    account_name: {
      description: 'The name of the account',
      type: 'string',
      minLength: 1,
      maxLength: 128,
    },
    account_realm: { description: 'The realm of the account', ...realm },
    realm: { description: 'Another name for account_realm', ...realm },
    phone_number: {
      description: 'A number of the account',
      type: 'string',
      minLength: 1,
      maxLength: 64,
    },
  },
})
