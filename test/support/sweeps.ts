import { setTimeout as pause } from 'node:timers/promises'
import { storedRows } from './stored-rows.ts'

/** Waits until no branch is to be swept any more, as the file says: the sweep tells nobody else. */
export async function sweepsFinished(
  folder: string,
  meanwhile: () => Promise<void> = () => pause(5),
  withinMs = 10_000,
): Promise<void> {
  const until = performance.now() + withinMs
  while (storedRows(folder, ['closed_branches']).length > 0) {
    if (performance.now() > until) {
      throw new Error('the sweep was not finished')
    }
    await meanwhile()
  }
}
