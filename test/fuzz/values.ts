import fc from 'fast-check'

/** Bytes as latin1, and the parameters that they mean if they are accepted. */
export type Body = { readonly bytes: string; readonly meant?: Readonly<Record<string, string>> }

export function weighted<T>(...choices: readonly (readonly [number, fc.Arbitrary<T>])[]) {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })))
}

/** Texts that some parser or writer may stumble over. */
const oddText = fc.constantFrom(
  ...[
    '<',
    '&amp;',
    ']]>',
    '<!-- -->',
    '<![CDATA[x]]>',
    '&#x0;',
    '"\'',
    '\u0000',
    '\u0001',
    '\u000b',
  ],
  ...['\t', 'a\nb', 'a\r\nb', '\u007f', '\u0085', '\u2028', '\u2029', '\ufffd', '\ufffe', '\uffff'],
  ...['\ufeff', '\u200b', '\u202e', '\ufdd0', '\ue000', '\u{1fffe}', '\u{10ffff}', '\u{1f600}'],
  ...['  ', ' x ', '__proto__', 'constructor', 'null', '0', '-1', '%s%n', "' OR 1=1 --", '{{x}}'],
  ...['x'.repeat(64), 'x'.repeat(65), '\u{1f600}'.repeat(64), 'é'.repeat(65), 'e\u0301', 'ﬀ', 'İ'],
)

export const text = weighted(
  [3, fc.string({ maxLength: 20 })],
  [3, fc.string({ unit: 'grapheme', maxLength: 20 })],
  [2, fc.string({ unit: 'binary', maxLength: 20 })],
  [3, oddText],
  [1, fc.tuple(oddText, fc.string(), oddText).map((parts) => parts.join(''))],
  [1, fc.string({ unit: fc.constantFrom('x', 'é', '語'), maxLength: 300 })],
)

export const encodedText = text.map(encoded)

/** Mostly addresses that may be taken, and hardly one twice. */
const email = fc
  .tuple(
    weighted(
      [3, fc.stringMatching(/^[A-Za-z0-9!#$%&'*+/^_`{|}~.-]{1,12}$/)],
      [1, fc.string({ unit: 'grapheme' })],
    ),
    fc.nat(),
    fc.constantFrom(
      'example.com',
      'pbx',
      'EXAMPLE.org',
      'bücher.example',
      'a.json',
      '-',
      'a b',
      '',
    ),
  )
  .map(([local, number, domain]) => `${local}${number}@${domain}`)

const status = weighted(
  [3, fc.constantFrom('active', 'Active', 'SUSPENDED', 'inactive', 'uninitialized', 'closed')],
  [1, text],
)
const role = weighted(
  [3, fc.constantFrom('Administrator', 'Developer', 'User', 'Guest')],
  [1, text],
)
const password = weighted(
  [2, fc.string({ minLength: 8, maxLength: 40 })],
  [1, fc.string({ unit: 'grapheme', minLength: 8, maxLength: 30 })],
  [1, text],
)

const optional = { requiredKeys: [] }
const severalChanges = fc.record(
  { FriendlyName: text, Status: status, Password: password, Role: role },
  optional,
)

/** The form of a change that is mostly accepted. */
export const change: fc.Arbitrary<Body> = fc
  .oneof(
    text.map((FriendlyName) => ({ FriendlyName })),
    fc.constantFrom('active', 'suspended', 'inactive').map((Status) => ({ Status })),
    password.map((Password) => ({ Password })),
    severalChanges,
  )
  .map(formOf)

/** The form of a new account; half of them have nothing odd but the two parameters that must be. */
export const newAccount: fc.Arbitrary<Body> = fc
  .tuple(
    fc.record({ EmailAddress: email, Password: password }),
    fc.record({ FriendlyName: text, Status: status, Role: role }, optional),
    fc.boolean(),
  )
  .map(([required, more, isPlain]) => formOf(isPlain ? required : { ...required, ...more }))

const brokenValue = fc.constantFrom(
  ...['%', '%zz', '%4', '%ED%A0%80', '%EF%BF%BE', '%EF%BF%BF', '%00', '%C0%80', '%F4%90%80%80'],
  ...['%u0041', '\xff\xfe', '\x00', '%EF%BB%BF', '%E2%80%A8', '%0d%0aX: y', '+', '=', '%3D%26'],
)
const brokenName = fc.constantFrom(
  ...['FriendlyName', 'friendlyname', 'Status', 'Password', 'Role', 'EmailAddress', 'Organization'],
  ...[
    'FriendlyName[]',
    'Status[a]',
    'Status[a][b]',
    'Sid',
    'AuthToken',
    '__proto__',
    '',
    '%zz',
    '[]',
  ],
)
const brokenForm = fc
  .array(fc.tuple(brokenName, fc.oneof(brokenValue, encodedText)), { maxLength: 6 })
  .map((pairs) => pairs.map((pair) => pair.join('=')).join('&'))

/** Anything that may stand where a form is expected. */
export const anyBody: fc.Arbitrary<Body> = weighted(
  [4, brokenForm],
  [1, fc.tuple(severalChanges, brokenForm).map(([good, bad]) => `${formOf(good).bytes}&${bad}`)],
  [1, fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'))],
  [1, fc.json().map((json) => Buffer.from(json).toString('latin1'))],
  [1, fc.constantFrom('', '&', '&&=&', 'a', '<a/>', 'FriendlyName', '=x')],
  [
    1,
    fc
      .tuple(fc.constantFrom('x', '&a=1', '%41', '%', 'é'), fc.integer({ min: 90, max: 25_000 }))
      .map(([unit, count]) => `FriendlyName=${unit.repeat(count)}`),
  ],
).map((bytes) => ({ bytes }))

function formOf(parameters: Readonly<Record<string, string>>): Body {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${encoded(value)}`)
  return { bytes: pairs.join('&'), meant: parameters }
}

function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed())
}
