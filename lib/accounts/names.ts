import type { PlacedAccount, TakenNames } from '../../db/store.ts'
import type { Services } from '../services.ts'

/** Whether a living account other than `current` has the realm or the name, wherever it stands. */
export function takenNames(
  { store }: Services,
  names: { readonly realm?: string; readonly name?: string },
  current: PlacedAccount | undefined,
): Promise<TakenNames> {
  return store.takenNames(names, current?.sid)
}
