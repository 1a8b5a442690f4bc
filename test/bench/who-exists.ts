import { openSqliteStore } from '../../db/sqlite/index.ts'
import { accountKey } from '../../lib/account-key.ts'
import { authenticate, type Credentials } from '../../lib/authenticate.ts'
import { installOrdinary } from '../../lib/bootstrap.ts'
import type { Caller } from '../../lib/caller.ts'
import { createFailedLogins } from '../../lib/failed-logins.ts'
import { newAuthToken, newSid } from '../../lib/ids.ts'
import { createPasswords } from '../../lib/passwords.ts'
import { newSealingKey } from '../../lib/secrets.ts'
import type { Services } from '../../lib/services.ts'
import { createThrottle } from '../../lib/throttle.ts'
import { createWorkQueue } from '../../lib/work-queue.ts'
import { create, newAccountInput, rootPassword, servicesOver } from '../support/services.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ratioOf, report } from './ratio.ts'
import type { Spread } from './statistics.ts'

// Whether the clock tells who has an account (security.md C5): a wrong secret for a known name against
// one for a name that nobody has. Usage: node test/bench/who-exists.ts

const accountCount = 300
const bcryptCost = 10
const most = '<= 1.05'

const folder = temporaryFolder()
const store = openSqliteStore(folder.path)
try {
  const services = await standardServices()
  const known = await plantAccounts(services)
  const tokens = known.map(() => newAuthToken())
  const passwords = known.map((_, turn) => `a wrong password ${turn}`)
  for (const { what, names, unknown } of kinds(known)) {
    const ofTokens = { rounds: 15, turns: 1000 }
    const byToken = await asymmetry(services, names, unknown, tokens, ofTokens)
    report(`who exists, ${what} with a token`, byToken, most)
    const ofPasswords = { rounds: 7, turns: 16 }
    const byPassword = await asymmetry(services, names, unknown, passwords, ofPasswords)
    report(`who exists, ${what} with a password`, byPassword, most)
  }
} finally {
  await store.close()
  await folder.remove()
}

type Known = { readonly sid: string; readonly email: string }

function kinds(known: readonly Known[]) {
  return [
    { what: 'SID', names: known.map(({ sid }) => sid), unknown: known.map(() => newSid('AC')) },
    {
      what: 'e-mail',
      names: known.map(({ email }) => email),
      unknown: known.map(({ email }) => email.replace('@', 'x@')),
    },
  ]
}

/** The one that takes longer over the other, so that neither direction passes for a good one. */
async function asymmetry(
  services: Services,
  names: readonly string[],
  unknown: readonly string[],
  secrets: readonly string[],
  size: { readonly rounds: number; readonly turns: number },
): Promise<Spread> {
  let asked = 0
  const tryWith = (list: readonly string[]) => () => {
    asked += 1
    const name = list[asked % list.length] ?? ''
    return refused(services, { name, secret: secrets[asked % secrets.length] ?? '' }, asked)
  }
  const ratio = await ratioOf(tryWith(names), tryWith(unknown), size)
  const { median, least, most } = ratio
  return median >= 1 ? ratio : { median: 1 / median, least: 1 / most, most: 1 / least }
}

/** Each from an address of its own, or the throttle would answer before anything is looked up. */
async function refused(services: Services, credentials: Credentials, turn: number): Promise<void> {
  const address = [10, turn >> 16, (turn >> 8) & 255, turn & 255].join('.')
  const origin = { requestId: 'bench', address, dialect: 'bench' }
  // A login is tried on the account itself: whoever asks for it names it in the path too.
  const target = accountKey(credentials.name)
  const isLetIn = await authenticate(services, credentials, origin, target).then(
    () => true,
    () => false,
  )
  if (isLetIn) {
    throw new Error('a wrong secret let somebody in')
  }
}

/** As the server puts them together, with its throttle and its count of failed logins. */
async function standardServices(): Promise<Services> {
  const services = await servicesOver(store, newSealingKey())
  const failedLogins = createFailedLogins({ store, now: Date.now, lost() {} })
  return {
    ...services,
    passwords: await createPasswords(createWorkQueue(32), bcryptCost, services.secrets.digestToken),
    throttle: createThrottle(() => performance.now()),
    loginFailed(failure, login) {
      if (login !== undefined) {
        failedLogins.note(failure, login)
      }
    },
  }
}

/** Three levels of accounts, of which one in ten has a password. */
async function plantAccounts(services: Services): Promise<readonly Known[]> {
  const { sid } = await installOrdinary(services, rootPassword)
  const callers: Caller[] = [await callerOf(services, sid, rootPassword)]
  const known: Known[] = []
  for (let made = 0; made < accountCount; made += 1) {
    const parent = callers[made % callers.length]
    if (parent === undefined) {
      throw new Error('there is no parent')
    }
    const input = newAccountInput({ password: made % 10 === 0 ? rootPassword : undefined })
    const account = await create(services, parent, input)
    known.push({ sid: account.sid, email: input.email ?? '' })
    if (made % 100 === 0) {
      callers.push(await callerOf(services, account.sid, rootPassword))
    }
  }
  return known
}

async function callerOf(services: Services, name: string, secret: string): Promise<Caller> {
  const origin = { requestId: 'bench', address: '192.0.2.1', dialect: 'bench' }
  return (await authenticate(services, { name, secret }, origin, undefined)).caller
}
