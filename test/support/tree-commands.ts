import fc from 'fast-check'
import type { AccountStatus } from '../../db/store.ts'
import type { Change, NewModelAccount } from './tree-model.ts'

/** Who asks: the root, the target's parent, the target itself or anyone by number. */
export type Picked = 'root' | 'parent' | 'itself' | number

/** What is asked, of the account of a number; of one that does not exist when there is none. */
export type Command =
  | { readonly kind: 'create'; readonly by: number; readonly account: NewModelAccount }
  | {
      readonly kind: 'change'
      readonly by: Picked
      readonly target: number | undefined
      readonly change: Change
    }
  | {
      readonly kind: 'migrate'
      readonly by: Picked
      readonly target: number | undefined
      readonly organization: number
    }
  | {
      readonly kind: 'reopen'
      readonly by: Picked
      readonly target: number | undefined
      readonly through: 'restcomm' | 'crossbar'
      /** Whether the number is among those that are closed themselves. */
      readonly ofClosed: boolean
    }
  | KazooCommand

/** A new name, or that of the account of a number. */
export type Naming = 'fresh' | number

/** What is asked through Crossbar. */
export type KazooCommand = { readonly by: Picked; readonly target: number | undefined } & (
  | { readonly kind: 'kazoo create'; readonly name: Naming; readonly enabled: boolean | undefined }
  | {
      readonly kind: 'kazoo patch'
      readonly name: Naming | undefined
      readonly enabled: boolean | undefined
    }
  | { readonly kind: 'kazoo delete' }
  | { readonly kind: 'kazoo move'; readonly to: number | undefined }
  | { readonly kind: 'kazoo reseller'; readonly isReseller: boolean }
)

/** Objects that print as they are written. */
const plain = { noNullPrototype: true } as const

const status = fc.constantFrom<AccountStatus>('active', 'suspended', 'inactive', 'uninitialized')
const role = fc.constantFrom('Administrator', 'Administrator', 'Developer', 'User', 'Guest')
const closed = fc.constant<AccountStatus>('closed')

// Few addresses, so that the same come again, also in capitals.
const email = fc
  .tuple(fc.nat({ max: 25 }), fc.constantFrom('person', 'PERSON'))
  .map(([at, local]) => `${local}${at}@example.com`)

const newAccount: fc.Arbitrary<NewModelAccount> = fc.record(
  {
    email,
    status: fc.oneof(
      { weight: 6, arbitrary: fc.constant<AccountStatus>('active') },
      { weight: 1, arbitrary: status },
      { weight: 1, arbitrary: closed },
    ),
    role: fc.option(role, { nil: undefined }),
  },
  plain,
)

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ friendlyName: fc.constantFrom('Sales', '<&>"', '👍', 'Ä') }, plain),
  },
  { weight: 5, arbitrary: fc.record({ status }, plain) },
  { weight: 2, arbitrary: fc.record({ status: closed }, plain) },
  { weight: 1, arbitrary: fc.record({ role }, plain) },
  {
    weight: 2,
    arbitrary: fc.record({ password: fc.constantFrom('correct horse', 'battery staple') }, plain),
  },
  { weight: 1, arbitrary: fc.constant({}) },
)

/**
 * Sequences of commands, of which the first make some accounts, as there is little to do to a lone
 * root. The lower the highest number, the more often the same accounts are meant.
 */
export function commandSequences(highest: number): fc.Arbitrary<Command[]> {
  const number = fc.nat({ max: highest })
  const target = fc.option(number, { freq: 20, nil: undefined })
  const by = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Picked>('root', 'parent', 'itself') },
    { weight: 2, arbitrary: number },
  )
  const byRoot = fc.oneof(
    { weight: 5, arbitrary: fc.constant<Picked>('root') },
    { weight: 1, arbitrary: by },
  )
  const create = fc.record(
    { kind: fc.constant('create' as const), by: number, account: newAccount },
    plain,
  )
  const change = fc.record(
    { kind: fc.constant('change' as const), by, target, change: anyChange },
    plain,
  )
  const migrate = fc.record(
    {
      kind: fc.constant('migrate' as const),
      by: byRoot,
      target,
      organization: fc.nat({ max: 2 }),
    },
    plain,
  )
  const reopen = fc.record(
    {
      kind: fc.constant('reopen' as const),
      by: byRoot,
      target,
      ofClosed: fc.boolean(),
      through: fc.constantFrom('restcomm' as const, 'crossbar' as const),
    },
    plain,
  )
  const command: fc.Arbitrary<Command> = fc.oneof(
    { weight: 5, arbitrary: create },
    { weight: 6, arbitrary: change },
    { weight: 1, arbitrary: migrate },
    { weight: 4, arbitrary: reopen },
    { weight: 9, arbitrary: kazooCommand(number, { target, by, byRoot }) },
  )
  return fc
    .tuple(
      fc.array(create, { minLength: 3, maxLength: 8 }),
      fc.array(command, { minLength: 10, maxLength: 50 }),
    )
    .map(([first, rest]) => [...first, ...rest])
}

function kazooCommand(
  number: fc.Arbitrary<number>,
  {
    target,
    by,
    byRoot,
  }: {
    readonly target: fc.Arbitrary<number | undefined>
    readonly by: fc.Arbitrary<Picked>
    readonly byRoot: fc.Arbitrary<Picked>
  },
): fc.Arbitrary<KazooCommand> {
  const naming: fc.Arbitrary<Naming> = fc.oneof(
    { weight: 5, arbitrary: fc.constant('fresh' as const) },
    { weight: 1, arbitrary: number },
  )
  const name = fc.option(naming, { nil: undefined })
  const enabled = fc.option(fc.boolean(), { nil: undefined })
  const kind = <K extends KazooCommand['kind']>(value: K) => fc.constant(value)
  return fc.oneof(
    fc.record({ kind: kind('kazoo create'), by, target, name: naming, enabled }, plain),
    fc.record({ kind: kind('kazoo patch'), by, target, name, enabled }, plain),
    fc.record({ kind: kind('kazoo delete'), by, target }, plain),
    fc.record({ kind: kind('kazoo move'), by: byRoot, target, to: target }, plain),
    fc.record(
      { kind: kind('kazoo reseller'), by: byRoot, target, isReseller: fc.boolean() },
      plain,
    ),
  )
}
