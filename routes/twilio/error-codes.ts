/** What a code means: its HTTP status, its short text, and what its page tells beyond that. */
export type ErrorCode = {
  readonly status: number
  readonly title: string
  readonly help: string
}

/** Every code that this dialect answers with (twilio.md 5). The codes are Twilio's own; 204xx follow their HTTP status. */
export const errorCodes = {
  20001: {
    status: 400,
    title: 'Invalid parameter',
    help:
      'A parameter has a value that cannot be used, was given twice, or the body is no form. ' +
      'The message names the parameter. PageSize is 1 or more, Page counts from 0.',
  },
  20002: {
    status: 400,
    title: 'Invalid FriendlyName',
    help: 'A FriendlyName has 1 to 64 characters and no control characters or line breaks.',
  },
  20003: {
    status: 401,
    title: 'Authenticate',
    help:
      'Send Basic credentials: the SID of an account with its AuthToken, or the SID of an API key ' +
      'with its secret. Which of the two is wrong is not told. A new password or a promoted ' +
      'secondary token ends the AuthToken before it; an expired key is no key.',
  },
  20004: {
    status: 405,
    title: 'Method not allowed',
    help:
      'The path is served, but not with this method; the Allow header names those that are. ' +
      'Accounts are never deleted: close one with Status=closed.',
  },
  20005: {
    status: 403,
    title: 'Account not active',
    help:
      'The credentials are right, but the account or one above it is suspended, closed or not yet ' +
      'initialized. An account above can make it active again, unless it is closed.',
  },
  20403: {
    status: 403,
    title: 'Forbidden',
    help: 'The role of the account, or the scope or reach of the API key, does not allow it.',
  },
  20404: {
    status: 404,
    title: 'The requested resource was not found',
    help:
      'There is nothing at this path, or it is an account outside the branch below yours, which ' +
      'looks the same.',
  },
  20409: {
    status: 409,
    title: 'Conflict',
    help:
      'The e-mail belongs to another account (a closed one keeps its own), the account has as many ' +
      'keys as it may, or it kept changing during the request, which may then be sent again.',
  },
  20413: {
    status: 413,
    title: 'Request too large',
    help: 'A body has at most 64 KiB.',
  },
  20422: {
    status: 422,
    title: 'Idempotency-Key used before',
    help:
      'The same Idempotency-Key came with another request in the last 24 hours. Take a new key for ' +
      'each thing that is to be made, and the same one only to send the same request again.',
  },
  20429: {
    status: 429,
    title: 'Too many requests',
    help:
      'Too many failed logins from this address, or too many passwords at once. Wait for as many ' +
      'seconds as the Retry-After header says. Logins by AuthToken or API key are never queued.',
  },
  20500: {
    status: 500,
    title: 'Internal Server Error',
    help: "The fault is the server's. Its log has the details under the X-Request-ID of the answer.",
  },
  20503: {
    status: 503,
    title: 'Service unavailable',
    help: 'The server is stopping or cannot write. Send the request again later.',
  },
  20507: {
    status: 507,
    title: 'Insufficient storage',
    help: "The server's disk is full. Reading still works; changes do when its operator has made room.",
  },
  21101: {
    status: 400,
    title: 'Subaccounts cannot contain subaccounts',
    help: 'The tree of accounts is as deep as the operator allows (--max-depth).',
  },
  21475: {
    status: 400,
    title: 'Unable to update Status, invalid Status',
    help: 'Status is exactly one of active, suspended, closed, in lower case.',
  },
  21476: {
    status: 400,
    title: 'Unable to update Status, the parent account is suspended',
    help: 'Make the account above active first; what was below it is then as it was.',
  },
  21477: {
    status: 400,
    title: 'Unable to update Status of this account',
    help: 'An account cannot set its own Status, and nobody that of the root account.',
  },
  21479: {
    status: 400,
    title: 'Unable to update, the account is closed',
    help: 'A closed account stays readable to those above it and refuses every change.',
  },
  21480: {
    status: 400,
    title: 'Reached maximum number of subaccounts',
    help: 'The operator sets how many an account may have directly below it; closed ones do not count.',
  },
  21481: {
    status: 400,
    title: 'Invalid PageToken',
    help: 'Follow next_page_uri and previous_page_uri as they are; a PageToken is not made by hand.',
  },
} as const satisfies Readonly<Record<number, ErrorCode>>

export type Code = keyof typeof errorCodes
