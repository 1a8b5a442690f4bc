import fc from 'fast-check'
import { encodedText, weighted } from './values.ts'

export type Target = {
  readonly prefix: string
  readonly segments: readonly Segment[]
  readonly query: string
}

/** A piece of a path as it goes out, or one that is filled in with a child of the caller or its webhook. */
export type Segment =
  | string
  | {
      readonly index: number
      readonly as: 'sid' | 'email' | 'json' | 'webhook' | 'webhookOwner'
    }

export const prefix = weighted(
  [20, fc.constantFrom('/2012-04-24', '/restcomm/2012-04-24')],
  [
    1,
    fc.constantFrom(
      ...['', '/', '//2012-04-24', '/2012-04-24/', '/2012-04-2', '/restcomm', '/2012-04-24.json'],
      ...['http://localhost/2012-04-24', 'http://[', 'http://x:y', 'x://', '*', '/%32012-04-24'],
      ...['http://%@x/2012-04-24', '//a@[#'],
    ),
  ],
)

export const child: fc.Arbitrary<Segment> = fc.record({
  index: fc.nat(),
  as: fc.constantFrom('sid' as const, 'email' as const, 'json' as const),
})

export const segment: fc.Arbitrary<Segment> = weighted<Segment>(
  [
    6,
    fc.constantFrom(
      'Accounts',
      'Accounts.json',
      'Organizations',
      'migrate',
      'Audit',
      'Webhooks',
      'Reopen',
    ),
  ],
  [4, child],
  [1, encodedText],
  [
    3,
    fc.constantFrom(
      ...[
        'accounts',
        'ACCOUNTS',
        '.json',
        'Clients',
        'Logout',
        '.',
        '..',
        '',
        '%2e%2e',
        '%2F',
        'a%2Fb',
      ],
      ...[
        '%',
        '%zz',
        '%00',
        '%ED%A0%80',
        '%EF%BF%BE',
        '%c0%af',
        '\xff',
        'é',
        ';x=1',
        ':id',
        '*',
        '~',
      ],
      ...[
        `AC${'0'.repeat(32)}`,
        `OR${'f'.repeat(32)}`,
        'nobody@example.com',
        'a@b.json',
        '__proto__',
      ],
      ...['x'.repeat(300), '%41'.repeat(600), '\x01', 'a b', '<', '"', '\\', '|', '`', '%7Bid%7D'],
    ),
  ],
)

export const query = weighted(
  [6, fc.constant('')],
  [
    1,
    fc.constantFrom(
      ...[
        '?',
        '?x',
        '?%',
        '?%zz=1',
        '?Status=active',
        '?Status=closed',
        '?Status=%00',
        '?status=active',
      ],
      ...['?OrganizationSid=x', `?OrganizationSid=OR${'0'.repeat(32)}`, '?DomainName=%ED%A0%80'],
      ...[
        '?DomainName=default.restcomm.com',
        '?DomainName=x&DomainName=y',
        '?DomainName[]=x',
        '?_=1',
      ],
      ...['?PageSize=1', '?PageSize=x', `?PageToken=AU${'0'.repeat(32)}`, '?EndTime=2026-02-30'],
      ...[`?x=${'y'.repeat(2100)}`, '?\xff', '?<>', '??', `?${'a=1&'.repeat(150)}`],
    ),
  ],
)

/** A path of accounts as the API describes it. */
export function targetOf(segments: fc.Arbitrary<readonly Segment[]>): fc.Arbitrary<Target> {
  return segments.map((path) => ({ prefix: '/2012-04-24', segments: path, query: '' }))
}
