import { statfs } from 'node:fs/promises'

/** Says what was found; rejects with what is wrong. */
export type Check = () => Promise<string>

export type Readiness = {
  readonly isReady: boolean
  /** What each check said, for the eyes of the super administrator alone. */
  readonly checks: Readonly<Record<string, string>>
}

/** Whether nothing is wrong, asked of all checks each time. */
export async function readinessOf(checks: Readonly<Record<string, Check>>): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      const [isRight, says] = await check().then(
        (found) => [true, found] as const,
        (error: unknown) =>
          [false, error instanceof Error ? error.message : String(error)] as const,
      )
      return { name, isRight, says }
    }),
  )
  return {
    isReady: results.every(({ isRight }) => isRight),
    checks: Object.fromEntries(results.map(({ name, says }) => [name, says])),
  }
}

const bytesPerMiB = 1024 * 1024

/** That the disk of a folder has so much room left, as others than root may use it. */
export async function checkRoom(folder: string, leastMiB: number): Promise<string> {
  const { bavail, bsize } = await statfs(folder)
  const free = `${Math.floor((bavail * bsize) / bytesPerMiB)} MiB are free`
  if (bavail * bsize < leastMiB * bytesPerMiB) {
    throw new Error(`${free} of the ${leastMiB} MiB that there should be`)
  }
  return free
}
