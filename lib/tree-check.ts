import type { AccountPlace, PendingSweep } from '../db/maintenance.ts'

/** The most that `--max-depth` can be. */
const maxDepth = 64

type Tree = {
  readonly bySid: ReadonlyMap<string, AccountPlace>
  readonly children: ReadonlyMap<string | undefined, readonly AccountPlace[]>
  /** From the root down, each behind its parent. */
  readonly reached: readonly AccountPlace[]
}

/**
 * A line for each account that does not stand as it should: one root, from which every account is
 * reached; each path that of its parent and its own SID; the count of the living below it exact;
 * closed by a closed account above it when and only when there is one that was swept so far; a sweep
 * within a closed branch, and a reopening of none that is closed with another.
 */
export function* treeFaults(
  places: Iterable<AccountPlace>,
  sweeps: readonly PendingSweep[],
): Iterable<string> {
  const tree = treeOf([...places])
  yield* rootFaults(tree)
  yield* reachFaults(tree)
  for (const place of tree.bySid.values()) {
    yield* pathFaults(tree, place)
    yield* closingFaults(tree, place, sweeps)
  }
  yield* countFaults(tree)
  yield* sweepFaults(tree, sweeps)
}

function treeOf(places: readonly AccountPlace[]): Tree {
  const children = Map.groupBy(places, ({ parentSid }) => parentSid)
  const reached = [...(children.get(undefined) ?? [])]
  // Grows while it is gone through; nobody has two parents, so nobody comes twice.
  for (const { sid } of reached) {
    reached.push(...(children.get(sid) ?? []))
  }
  return { bySid: new Map(places.map((place) => [place.sid, place])), children, reached }
}

function* rootFaults({ bySid, children }: Tree): Iterable<string> {
  const roots = children.get(undefined) ?? []
  if (roots.length === 0 && bySid.size > 0) {
    yield 'accounts: none is the root, each has a parent'
  }
  for (const { sid } of roots.slice(1)) {
    yield `accounts ${sid}: is a second root beside ${roots[0]?.sid}`
  }
}

function* reachFaults({ bySid, reached }: Tree): Iterable<string> {
  const met = new Set(reached)
  for (const place of bySid.values()) {
    if (!met.has(place)) {
      const { sid, parentSid } = place
      const reason = isOnCycle(bySid, place) ? 'is above itself' : 'is not below the root'
      yield `accounts ${sid}: ${reason}; its parent is ${parentSid}`
    }
  }
}

function isOnCycle(bySid: Tree['bySid'], place: AccountPlace): boolean {
  const passed = new Set<string>()
  let above = place.parentSid
  while (above !== undefined && above !== place.sid && !passed.has(above)) {
    passed.add(above)
    above = bySid.get(above)?.parentSid
  }
  return above === place.sid
}

function* pathFaults({ bySid }: Tree, { sid, parentSid, path }: AccountPlace): Iterable<string> {
  const above = parentSid === undefined ? '' : bySid.get(parentSid)?.path
  if (above !== undefined && path !== `${above}${sid}/`) {
    yield `accounts ${sid}: its path ${path} is not that of its parent and its SID`
  }
  if (stepsOf(path).length > maxDepth) {
    yield `accounts ${sid}: lies on level ${stepsOf(path).length} of ${maxDepth}`
  }
}

function* closingFaults(
  { bySid }: Tree,
  { sid, path, closedBy }: AccountPlace,
  sweeps: readonly PendingSweep[],
): Iterable<string> {
  const closed = stepsOf(path).filter((step) => bySid.get(step)?.status === 'closed')
  if (closedBy !== undefined && !closed.includes(closedBy)) {
    yield `accounts ${sid}: is closed by ${closedBy}, which is no closed account on its path`
  }
  const waits = () =>
    sweeps.some(
      (sweep) => path.startsWith(sweep.path) && (sweep.isReopened || path > sweep.sweptTo),
    )
  if (closedBy === undefined && closed.length > 0 && !waits()) {
    yield `accounts ${sid}: is not closed by ${closed.at(-1)}, which is closed and above it`
  }
}

/** The closed ones and what is below them do not count. */
function* countFaults({ children, reached }: Tree): Iterable<string> {
  const counts = new Map<string, number>()
  for (const { sid, descendantsCount } of reached.toReversed()) {
    const living = (children.get(sid) ?? []).filter(({ status }) => status !== 'closed')
    const count = living.reduce((sum, child) => sum + 1 + (counts.get(child.sid) ?? 0), 0)
    counts.set(sid, count)
    if (count !== descendantsCount) {
      yield `accounts ${sid}: counts ${descendantsCount} below it, there are ${count}`
    }
  }
}

function* sweepFaults({ bySid }: Tree, sweeps: readonly PendingSweep[]): Iterable<string> {
  for (const { sid, path, sweptTo, isReopened } of sweeps) {
    const branch = bySid.get(sid)
    if (branch?.path !== path || branch.status !== 'closed') {
      yield `closed_branches ${path}: ${sid} is no closed account with this path`
    }
    if (!sweptTo.startsWith(path)) {
      yield `closed_branches ${path}: is swept to ${sweptTo}, which is not in it`
    }
    const closed = stepsOf(path).find((step) => bySid.get(step)?.status === 'closed')
    if (isReopened && closed !== undefined && closed !== sid) {
      yield `closed_branches ${path}: is being reopened, though ${closed} above it is closed`
    }
  }
}

function stepsOf(path: string): readonly string[] {
  return path.split('/').slice(0, -1)
}
