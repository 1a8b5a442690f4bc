import { spawnSync } from 'node:child_process'
import { channel } from 'node:diagnostics_channel'
import type { Callback } from 'uvu'

export const skipChannel = 'strowger:skipped-test'

/**
 * For a test that needs what not every machine has. It is counted as skipped, with its reason:
 *   test('openssl reads the key', skipUnless(isInstalled('openssl'), 'no openssl', () => { ... }))
 */
export function skipUnless(condition: boolean, reason: string, handler: Callback): Callback {
  if (condition) {
    return handler
  }
  return ({ __test__ }) => channel(skipChannel).publish(`${__test__}: ${reason}`)
}

export function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined
}
