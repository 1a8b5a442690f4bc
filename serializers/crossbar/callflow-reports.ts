import type { JsonObject } from '../../db/store.ts'
import type { Branch, BranchEnd, Step } from '../../lib/callflows/branches.ts'
import type { CallflowReport } from '../../lib/callflows/check.ts'
import { nameOf } from '../../lib/callflows/flow.ts'
import type { CallflowsById, Reached } from '../../lib/callflows/survey.ts'

/** A callflow by the names that a reader knows it by. */
type Names = (id: string) => JsonObject

/** Which callflow takes a number, and the ways a call can then take; `callflow` is null when none does. */
export function matchReport({ number, match, branches, callflows }: Reached): JsonObject {
  const named = namesIn(callflows)
  return {
    number,
    matched_by: match?.by ?? null,
    callflow: match === undefined ? null : named(match.callflow.id),
    ...(match?.by === 'pattern' && {
      pattern: match.pattern,
      capture: match.capture ?? null,
      captures: match.groups.map((group) => group ?? null),
      named_captures: match.names,
    }),
    branches: branches?.branches.map((branch) => branchReport(branch, named)) ?? [],
    truncated: branches?.truncated ?? false,
  }
}

function branchReport({ steps, end }: Branch, named: Names): JsonObject {
  return { steps: steps.map((step) => stepReport(step)), end: endReport(end, named) }
}

function stepReport({ callflow, key, module, id, name, dangling }: Step): JsonObject {
  return {
    module,
    ...(key !== undefined && { key }),
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    callflow,
    ...(dangling && { dangling }),
  }
}

function endReport(end: BranchEnd, named: Names): JsonObject {
  switch (end.by) {
    case 'dangling':
      return { by: end.by, id: end.id ?? null }
    case 'cycle':
      return { by: end.by, callflows: end.ids.map(named) }
    case 'leaf':
    case 'truncated':
      return { by: end.by }
  }
}

/** What is wrong with the callflows of an account. */
export function checkReport(report: CallflowReport, callflows: CallflowsById): JsonObject {
  const named = namesIn(callflows)
  return {
    callflows: callflows.size,
    is_sound:
      report.dangling.length + report.shadowed.length + report.unreachable.length === 0 &&
      report.cycles.length === 0,
    dangling: report.dangling.map(({ callflow, path, id }) => ({
      callflow: named(callflow),
      path,
      id: id ?? null,
    })),
    shadowed: report.shadowed.map(({ callflow, pattern, by }) => ({
      callflow: named(callflow),
      pattern,
      by: { ...by, callflow: named(by.callflow) },
    })),
    unreachable: report.unreachable.map(named),
    cycles: report.cycles.map((ids) => ids.map(named)),
    truncated: report.truncated,
  }
}

function namesIn(callflows: CallflowsById): Names {
  return (id) => {
    const callflow = callflows.get(id)
    const name = callflow && nameOf(callflow)
    return { id, ...(name !== undefined && { name }) }
  }
}
