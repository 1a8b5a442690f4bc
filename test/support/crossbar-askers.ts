import type { KeyReach, KeyScope } from '../../db/store.ts'
import { keyReaches, keyScopes } from '../../lib/api-keys.ts'
import { session, type Asker as Way } from './crossbar.ts'
import type { Standpoint } from './crossbar-contract.ts'
import { type Asker, oneOfEach, plantRelatives, type Target } from './relatives.ts'
import type { TestApp } from './start-app.ts'
import { createKey } from './twilio.ts'

/** Someone who asks through Crossbar, and by which of the ways that it has. */
export type CrossbarAsker = Standpoint & {
  readonly name: string
  readonly way: Way
  /** Whose account it is. */
  readonly sid: string
  readonly targets: readonly Target[]
  /** All below it, asked about or not. */
  readonly below: readonly Target[]
}

type Key = { readonly way: Way; readonly scope: KeyScope; readonly reach: KeyReach }
type Ways = { readonly session: Way; readonly keys: readonly Key[] }

/** Every asker of `plantRelatives`, by Basic, by a session and by API keys, with who is around it. */
export async function plantCrossbarAskers(app: TestApp): Promise<readonly CrossbarAsker[]> {
  const known = new Map<Asker, Ways>()
  const askers = await plantRelatives(app, async (asker) => {
    const isActive = asker.isRoot || asker.name.startsWith('active ')
    known.set(asker, await waysOf(app, asker, isActive && asker.role === 'Administrator'))
  })
  return askers.flatMap((asker, turn) => {
    const { session: opened, keys = [] } = known.get(asker) ?? {}
    const few = fewTargets(asker, turn)
    const isActing = asker.standing === 'full'
    return [
      variant(asker, 'Basic', asker.login, isActing ? asker.targets : few),
      variant(asker, 'a session', opened, few),
      ...keys.map(({ way, scope, reach }) => ({
        ...variant(asker, `a key to ${scope} of ${reach}`, way, few),
        key: { scope, reach },
      })),
    ]
  })
}

/** All ways of an asker beside Basic, opened while it may; with every kind of key, or one of them. */
async function waysOf(app: TestApp, { login }: Asker, withAllKeys: boolean): Promise<Ways> {
  const kinds: readonly Omit<Key, 'way'>[] = withAllKeys
    ? keyScopes.flatMap((scope) => keyReaches.map((reach) => ({ scope, reach })))
    : [{ scope: 'admin', reach: 'branch' }]
  const keys: Key[] = []
  for (const { scope, reach } of kinds) {
    const way = await createKey(app, login, { Scope: scope, Reach: reach })
    keys.push({ way, scope, reach })
  }
  return { session: await session(app, login.token), keys }
}

/** Its own and the children in every condition; of the others one of each. */
function fewTargets({ targets, standing }: Asker, turn: number): Target[] {
  const isNear = ({ relation }: Target) => ['self', 'child'].includes(relation)
  const near = targets.filter(isNear)
  const far = targets.filter((target) => !isNear(target))
  return standing === 'full' ? [...near, ...oneOfEach(far, turn)] : oneOfEach(targets, turn)
}

function variant(
  { name, isRoot, role, standing, login, targets: all }: Asker,
  by: string,
  way: Way,
  targets: readonly Target[],
): CrossbarAsker {
  const below = all.filter(({ relation }) => ['child', 'grandchild'].includes(relation))
  const { sid } = login
  return { name: `${name} by ${by}`, isRoot, role, standing, way, sid, targets, below }
}
