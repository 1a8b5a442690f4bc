import type { AccountStatus } from '../../db/store.ts'
import { createAccount, freshEmail, send } from './restcomm.ts'
import type { Login, TestApp } from './start-app.ts'
import { sweepsFinished } from './sweeps.ts'

/** How an account is to stand in the end: by itself, or closed because one above it is. */
export type Condition = AccountStatus | 'closed above'

export type Relation =
  | 'self'
  | 'child'
  | 'grandchild'
  | 'parent'
  | 'grandparent'
  | 'root'
  | 'sibling'
  | 'nephew'
  | 'uncle'
  | 'cousin'
  | 'stranger'
  | 'unknown'

export type Target = {
  readonly relation: Relation
  readonly condition: Condition
  readonly sid: string
  readonly email: string
  /** Its own status and role, to be sent without changing anything. */
  readonly status: AccountStatus
  readonly role: string
}

/** Someone who asks: what they are, how they stand, and one of each kind around them. */
export type Asker = {
  readonly name: string
  readonly login: Login
  readonly isRoot: boolean
  readonly role: string
  readonly standing: Standing
  readonly targets: readonly Target[]
}

/** Whether the account acts, acts on itself alone, or not at all (decisions.md 7 and 16). */
export type Standing = 'full' | 'self only' | 'none'

/** What an asker's own status and those above make of it. */
const stands: readonly {
  readonly name: string
  readonly own: AccountStatus
  readonly parent?: AccountStatus
  readonly grandparent?: AccountStatus
  readonly standing: Standing
}[] = [
  { name: 'active', own: 'active', standing: 'full' },
  { name: 'suspended', own: 'suspended', standing: 'none' },
  { name: 'inactive', own: 'inactive', standing: 'none' },
  { name: 'uninitialized', own: 'uninitialized', standing: 'self only' },
  { name: 'closed', own: 'closed', standing: 'none' },
  { name: 'suspended above', own: 'active', grandparent: 'suspended', standing: 'none' },
  { name: 'inactive above', own: 'active', parent: 'inactive', standing: 'none' },
  {
    name: 'uninitialized above',
    own: 'active',
    grandparent: 'uninitialized',
    standing: 'self only',
  },
  { name: 'closed above', own: 'active', grandparent: 'closed', standing: 'none' },
]

export const roles = ['Administrator', 'Developer', 'User', 'Guest'] as const

const ownConditions = ['active', 'suspended', 'inactive', 'uninitialized', 'closed'] as const

/** An account of the tree while it is built: all are active Administrators until it is finished. */
type Plant = {
  readonly login: Login
  readonly level: number
  readonly role: string
  readonly status: AccountStatus
  readonly condition: Condition
}

/**
 * Grows the tree around every kind of asker through the API, and gives the askers, the root first.
 * `meet` gets each while it is still an active Administrator.
 */
export async function plantRelatives(
  app: TestApp,
  meet: (asker: Asker) => Promise<void> = async () => {},
): Promise<readonly Asker[]> {
  const garden = new Garden(app)
  const strangers = await garden.addEach(garden.root)
  const belowStrangers = await garden.addBelowEach(strangers)
  const askers: Asker[] = [
    askerOf('root', garden.root, 'full', [
      ...targets('child', strangers),
      ...targets('grandchild', belowStrangers),
    ]),
  ]
  for (const group of Object.values(Object.groupBy(stands, surroundingsOf))) {
    const [first] = group ?? []
    const { grandparent = 'active', parent = 'active' } = first ?? {}
    const around = await plantSurroundings(garden, grandparent, parent)
    const outside = [
      ...around.targets,
      ...targets('root', [garden.root]),
      ...targets('stranger', [...strangers, ...belowStrangers.slice(-1)]),
    ]
    for (const { name, own, standing } of group ?? []) {
      for (const role of roles) {
        const asker = await garden.add(around.parent, { role, status: own })
        const children = await garden.addEach(asker)
        const grandchildren = await garden.addBelowEach(children)
        const below = [...targets('child', children), ...targets('grandchild', grandchildren)]
        const all = [...below, ...outside]
        const others = standing === 'none' ? oneOfEach(all, askers.length) : all
        askers.push(askerOf(`${name} ${role}`, asker, standing, others))
      }
    }
  }
  for (const asker of askers) {
    await meet(asker)
  }
  await garden.finish()
  return askers
}

/** Those above and beside an asker, shared by all who stand below the same. */
async function plantSurroundings(garden: Garden, above: AccountStatus, next: AccountStatus) {
  const grandparent = await garden.add(garden.root, { status: above })
  const parent = await garden.add(grandparent, { status: next })
  const siblings = await garden.addEach(parent)
  const uncles = await garden.addEach(grandparent)
  return {
    parent,
    targets: [
      ...targets('grandparent', [grandparent]),
      ...targets('parent', [parent]),
      ...targets('sibling', siblings),
      ...targets('nephew', await garden.addBelowEach(siblings)),
      ...targets('uncle', uncles),
      ...targets('cousin', await garden.addBelowEach(uncles)),
    ],
  }
}

class Garden {
  readonly root: Plant
  readonly #app: TestApp
  readonly #plants: Plant[] = []

  constructor(app: TestApp) {
    this.#app = app
    const isSo = { role: 'Administrator', status: 'active', condition: 'active' } as const
    this.root = { login: app.root, level: 1, ...isSo }
  }

  async add(parent: Plant, given: Partial<Plant>): Promise<Plant> {
    const login = await createAccount(this.#app, parent.login)
    const { role = 'Administrator', status = 'active', condition = status } = given
    const plant = { login, level: parent.level + 1, role, status, condition }
    this.#plants.push(plant)
    return plant
  }

  /** One child in each condition that is of its own. */
  async addEach(parent: Plant): Promise<Plant[]> {
    const children: Plant[] = []
    for (const status of ownConditions) {
      children.push(await this.add(parent, { status }))
    }
    return children
  }

  /** One grandchild in each condition: below an active child, and below a closed one. */
  async addBelowEach(children: readonly Plant[]): Promise<Plant[]> {
    const [active, closed] = [children[0], children.at(-1)]
    if (active?.status !== 'active' || closed?.status !== 'closed') {
      throw new Error('an active and a closed child are needed')
    }
    const below = await this.addEach(active)
    return [...below, await this.add(closed, { condition: 'closed above' })]
  }

  /**
   * Gives everyone the role and status they are to have, the deepest first, as closed ones refuse; and
   * waits until what is closed is swept, so that no row changes any more by itself.
   */
  async finish(): Promise<void> {
    for (const { login, role, status } of this.#plants.toSorted((a, b) => b.level - a.level)) {
      if (role !== 'Administrator' || status !== 'active') {
        const form = { Role: role, ...(status !== 'active' && { Status: status }) }
        const reply = await send(this.#app, this.root.login, 'POST', `/Accounts/${login.sid}`, form)
        if (reply.status !== 200) {
          throw new Error(`the tree was not finished: ${reply.status} ${reply.text}`)
        }
      }
    }
    await sweepsFinished(this.#app.folder)
  }
}

function surroundingsOf({ grandparent, parent }: (typeof stands)[number]): string {
  return `${grandparent} ${parent}`
}

function askerOf(name: string, plant: Plant, standing: Standing, others: readonly Target[]): Asker {
  const { login, role, level } = plant
  const unknown: Target = {
    relation: 'unknown',
    condition: 'active',
    sid: login.sid.replace(/.{6}$/, 'nobody'),
    email: freshEmail(),
    status: 'active',
    role: 'Administrator',
  }
  const self = targets('self', [plant])
  return {
    name,
    login,
    isRoot: level === 1,
    role,
    standing,
    targets: [...self, ...others, unknown],
  }
}

/** One of each relation, for whom the others make no difference; another one at each turn. */
export function oneOfEach(all: readonly Target[], turn: number): Target[] {
  const groups = Object.values(Object.groupBy(all, ({ relation }) => relation))
  return groups.flatMap((group = []) => group[turn % group.length] ?? [])
}

function targets(relation: Relation, plants: readonly Plant[]): Target[] {
  return plants.map(({ login: { sid, email }, condition, status, role }) => ({
    relation,
    condition,
    sid,
    email,
    status,
    role,
  }))
}
