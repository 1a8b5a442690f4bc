import { DomainError, type Refusal } from '../../lib/errors.ts'

/** Why the domain refuses `act`; undefined when it does not. Anything else that is thrown is passed on. */
export function refusalOf(act: () => unknown): Refusal | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return refusalFrom(error)
  }
}

/** The same of what takes its time. */
export async function laterRefusalOf(act: () => Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    return refusalFrom(error)
  }
}

/** What the error says that `act` throws; empty when it throws none. */
export function messageOf(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function refusalFrom(error: unknown): Refusal {
  if (error instanceof DomainError) {
    return error.refusal
  }
  throw error
}
