import type { Callflow } from './callflow.ts'
import {
  calledBy,
  childrenOf,
  dataText,
  defaultChildOf,
  defaultKey,
  type FlowNode,
  rootOf,
} from './flow.ts'

// The ways a call can take, as Kazoo's cf_exe runs a flow. A module `callflow` leaves the flow for
// the one it names; when that has ended the call comes back to the module's child `_`, so its other
// children are never taken. A reference to no callflow of the account does nothing: the call goes on
// at `_`, and the branch ends there, named `dangling`, when nothing is left. A callflow that calls
// one which has not ended yet is a cycle, which ends the branch: from there on it repeats itself.

export type Step = {
  /** The callflow whose flow holds the step. */
  readonly callflow: string
  /** The child key by which it was reached; undefined for the root of a flow. */
  readonly key: string | undefined
  readonly module: string
  readonly id: string | undefined
  readonly name: string | undefined
  /** A module `callflow` that names no callflow of the account. */
  readonly dangling: boolean
}

export type BranchEnd =
  | { readonly by: 'leaf' }
  | { readonly by: 'dangling'; readonly id: string | undefined }
  /** The callflows that call each other, from the one that is called again. */
  | { readonly by: 'cycle'; readonly ids: readonly string[] }
  /** The branch goes on, but the answer was full. */
  | { readonly by: 'truncated' }

export type Branch = { readonly steps: readonly Step[]; readonly end: BranchEnd }

export type Branches = { readonly branches: readonly Branch[]; readonly truncated: boolean }

/** Callflows that call each other twice multiply, so that ten of them can hold a thousand branches. */
export const branchLimits = { branches: 1000, steps: 10_000 }

/** How many flows may be running within each other; a longer chain of calls is cut. */
export const maxRunning = 1000

type Callflows = ReadonlyMap<string, Callflow>

/** A flow that has been called and has not ended. */
type Running = {
  readonly callflow: Callflow
  readonly caller: Running | undefined
  /** Where the caller goes on. */
  readonly next: FlowNode | undefined
  readonly depth: number
}

type Position = {
  readonly step: Step
  readonly node: FlowNode
  readonly running: Running
  readonly before: Position | undefined
  readonly length: number
}

/** The branches of a callflow in the order of its document; `callflows` are those of the account by id. */
export function branchesOf(
  callflow: Callflow,
  callflows: Callflows,
  limits: typeof branchLimits = branchLimits,
): Branches {
  const running: Running = { callflow, caller: undefined, next: undefined, depth: 1 }
  const root = rootOf(callflow)
  if (root === undefined) {
    return { branches: [{ steps: [], end: { by: 'leaf' } }], truncated: false }
  }
  const branches: Branch[] = []
  let stepsLeft = limits.steps
  const open = [[positionAt(root, undefined, running, undefined, callflows)].values()]
  for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
    const { value: position } = last.next()
    if (position === undefined) {
      open.pop()
      continue
    }
    if (branches.length === limits.branches) {
      return { branches, truncated: true }
    }
    if (position.length > stepsLeft) {
      const steps = stepsTo(position).slice(0, stepsLeft)
      return { branches: [...branches, { steps, end: { by: 'truncated' } }], truncated: true }
    }
    const onward = onwardFrom(position, callflows)
    if ('end' in onward) {
      branches.push({ steps: stepsTo(position), end: onward.end })
      stepsLeft -= position.length
    } else {
      open.push(onward.positions.values())
    }
  }
  return { branches, truncated: branches.some(({ end }) => end.by === 'truncated') }
}

type Onward = { readonly end: BranchEnd } | { readonly positions: readonly Position[] }

function onwardFrom(position: Position, callflows: Callflows): Onward {
  const { node, running } = position
  const reference = calledBy(node)
  const called = reference?.id === undefined ? undefined : callflows.get(reference.id)
  if (called !== undefined) {
    return call(called, position, callflows)
  }
  const next = defaultChildOf(node)
  const children: [string, FlowNode][] =
    reference === undefined ? childrenOf(node) : next === undefined ? [] : [[defaultKey, next]]
  if (children.length === 0) {
    return returnTo(running, position, callflows)
  }
  const positions = children.map(([key, child]) =>
    positionAt(child, key, running, position, callflows),
  )
  return { positions }
}

function call(called: Callflow, position: Position, callflows: Callflows): Onward {
  const { node, running } = position
  const ids = cycleThrough(called, running)
  if (ids !== undefined) {
    return { end: { by: 'cycle', ids } }
  }
  if (running.depth === maxRunning) {
    return { end: { by: 'truncated' } }
  }
  const inner: Running = {
    ...{ callflow: called, caller: running },
    ...{ next: defaultChildOf(node), depth: running.depth + 1 },
  }
  const root = rootOf(called)
  return root === undefined
    ? returnTo(inner, position, callflows)
    : { positions: [positionAt(root, undefined, inner, position, callflows)] }
}

/** On from the end of a flow to where the nearest caller has something left to do. */
function returnTo(ended: Running, position: Position, callflows: Callflows): Onward {
  let flow = ended
  while (flow.caller !== undefined) {
    if (flow.next !== undefined) {
      return { positions: [positionAt(flow.next, defaultKey, flow.caller, position, callflows)] }
    }
    flow = flow.caller
  }
  const { dangling, id } = position.step
  return { end: dangling ? { by: 'dangling', id } : { by: 'leaf' } }
}

/** The ids from the callflow that is called again to the last one; undefined when it is not running. */
function cycleThrough(called: Callflow, running: Running): readonly string[] | undefined {
  let first: Running | undefined = running
  while (first !== undefined && first.callflow.id !== called.id) {
    first = first.caller
  }
  if (first === undefined) {
    return undefined
  }
  const ids = [called.id]
  for (let flow: Running | undefined = running; flow && flow !== first; flow = flow.caller) {
    ids.splice(1, 0, flow.callflow.id)
  }
  return ids
}

function positionAt(
  node: FlowNode,
  key: string | undefined,
  running: Running,
  before: Position | undefined,
  callflows: Callflows,
): Position {
  const id = dataText(node, 'id')
  const dangling = calledBy(node) !== undefined && (id === undefined || !callflows.has(id))
  const step: Step = {
    ...{ callflow: running.callflow.id, key, module: node.module },
    ...{ id, name: dataText(node, 'name'), dangling },
  }
  return { step, node, running, before, length: (before?.length ?? 0) + 1 }
}

function stepsTo(position: Position): readonly Step[] {
  const steps: Step[] = []
  for (let at: Position | undefined = position; at !== undefined; at = at.before) {
    steps.push(at.step)
  }
  return steps.reverse()
}
