import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.ts'

/** What `npm start` runs Node with: its flags and the program, in the root of the repository. */
export function startWords(): readonly string[] {
  const { scripts }: { scripts: { start: string } } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return scripts.start.split(' ').slice(1)
}
