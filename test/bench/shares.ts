import type { Profiler } from 'node:inspector'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../support/sources.ts'

/** What time was spent in, without what it called, and which part of all that was not slept. */
export type Share = { readonly of: string; readonly part: number }

type Frame = Profiler.ProfileNode['callFrame']

/** Where the time of a profile went, by package and by function, the heaviest first. */
export function sharesOf(profile: Profiler.Profile) {
  return { packages: shares(profile, packageOf), functions: shares(profile, functionOf) }
}

function shares(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  nameOf: (frame: Frame) => string,
): readonly Share[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? ''
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  }
  times.delete(idle)
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .map(([of, time]) => ({ of, part: time / total }))
    .sort((one, other) => other.part - one.part)
}

const idle = '(idle)'

/** Of ours the folder; of what has no source, such as the garbage collector and calls into the kernel, its own name. */
function packageOf(frame: Frame): string {
  const place = placeOf(frame)
  if (place === '') {
    return functionOf(frame)
  }
  const [first = '', ...rest] = place.split('/')
  if (first !== 'node_modules') {
    return first.startsWith('node:') ? 'node' : `strowger ${first}`
  }
  const [scope = '', name = ''] = rest
  return scope.startsWith('@') ? `${scope}/${name}` : scope
}

function functionOf(frame: Frame): string {
  const { functionName, lineNumber } = frame
  const place = placeOf(frame)
  const name = functionName || '(no name)'
  return place === '' ? name : `${name} ${place}:${lineNumber + 1}`
}

function placeOf({ url }: Frame): string {
  return url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url
}
