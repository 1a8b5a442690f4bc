export type Cycles = {
  /** Each once, as the ids from the smallest on. */
  readonly cycles: readonly (readonly string[])[]
  /** There may be more. */
  readonly truncated: boolean
}

type Graph = ReadonlyMap<string, readonly string[]>

/**
 * A few callflows that all call each other hold more cycles than anyone can read. `steps` are those
 * of the search and the ids found.
 */
export const cycleLimits = { cycles: 1000, steps: 50_000 }

/**
 * The cycles of a graph, in which every target must be a key. A cut list still holds one cycle of
 * each group of nodes that reach each other.
 */
export function cyclesOf(graph: Graph, limits: typeof cycleLimits = cycleLimits): Cycles {
  const found = new Map<string, readonly string[]>()
  const groups = componentsOf(graph).map((ids) => new Set(ids.toSorted()))
  for (const group of groups) {
    const cycle = shortestCycle(graph, group)
    if (cycle !== undefined) {
      found.set(cycle.join(), cycle)
    }
  }
  let stepsLeft = limits.steps
  for (const group of groups.filter(({ size }) => size > 1)) {
    for (const start of group) {
      for (const cycle of cyclesFrom(start, graph, group)) {
        stepsLeft -= cycle?.length ?? 1
        if (stepsLeft < 0 || found.size >= limits.cycles) {
          return { cycles: sorted(found), truncated: true }
        }
        if (cycle !== undefined) {
          found.set(cycle.join(), cycle)
        }
      }
    }
  }
  return { cycles: sorted(found), truncated: false }
}

function sorted(found: ReadonlyMap<string, readonly string[]>): (readonly string[])[] {
  return [...found].sort(([first], [second]) => (first < second ? -1 : 1)).map(([, ids]) => ids)
}

/** From the smallest id of the group back to it; undefined for a node that does not lead to itself. */
function shortestCycle(graph: Graph, group: ReadonlySet<string>): readonly string[] | undefined {
  const [start] = group
  const cameFrom = new Map<string, string | undefined>()
  const queue = start === undefined ? [] : [start]
  for (const id of queue) {
    for (const target of graph.get(id) ?? []) {
      if (target === start) {
        return pathTo(id, cameFrom)
      }
      if (group.has(target) && !cameFrom.has(target)) {
        cameFrom.set(target, id)
        queue.push(target)
      }
    }
  }
  return undefined
}

function pathTo(last: string, cameFrom: ReadonlyMap<string, string | undefined>): string[] {
  const path: string[] = []
  for (let id: string | undefined = last; id !== undefined; id = cameFrom.get(id)) {
    path.push(id)
  }
  return path.reverse()
}

/** Every cycle through `start` and larger ids of the group; undefined for each other step of the search. */
function* cyclesFrom(
  start: string,
  graph: Graph,
  group: ReadonlySet<string>,
): Generator<readonly string[] | undefined> {
  const path = [start]
  const onPath = new Set(path)
  const open = [(graph.get(start) ?? []).values()]
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value: target } = last.next()
    if (target === undefined) {
      open.pop()
      onPath.delete(path.pop() ?? start)
      continue
    }
    yield target === start ? [...path] : undefined
    if (target > start && group.has(target) && !onPath.has(target)) {
      path.push(target)
      onPath.add(target)
      open.push((graph.get(target) ?? []).values())
    }
  }
}

type Visit = { readonly id: string; readonly targets: Iterator<string>; low: number }

/** Tarjan's strongly connected components, without recursion: chains of callflows may be long. */
function componentsOf(graph: Graph): string[][] {
  const search: Search = { order: new Map(), finished: new Set(), waiting: [], components: [] }
  const open: Visit[] = []
  const enter = (id: string) => {
    open.push({ id, targets: (graph.get(id) ?? []).values(), low: search.order.size })
    search.order.set(id, search.order.size)
    search.waiting.push(id)
  }
  for (const root of graph.keys()) {
    if (!search.order.has(root)) {
      enter(root)
    }
    for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
      const { value: target } = visit.targets.next()
      if (target === undefined) {
        open.pop()
        leave(visit, open.at(-1), search)
      } else if (!search.order.has(target)) {
        enter(target)
      } else if (!search.finished.has(target)) {
        visit.low = Math.min(visit.low, search.order.get(target) ?? visit.low)
      }
    }
  }
  return search.components
}

type Search = {
  /** When each node was found. */
  readonly order: Map<string, number>
  readonly finished: Set<string>
  /** Found, but in no component yet. */
  readonly waiting: string[]
  readonly components: string[][]
}

function leave(visit: Visit, caller: Visit | undefined, search: Search): void {
  if (caller !== undefined) {
    caller.low = Math.min(caller.low, visit.low)
  }
  if (visit.low === search.order.get(visit.id)) {
    const component = search.waiting.splice(search.waiting.lastIndexOf(visit.id))
    search.components.push(component)
    for (const id of component) {
      search.finished.add(id)
    }
  }
}
