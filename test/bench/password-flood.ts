import { Agent, request } from 'node:http'
import { basic, createAccount } from '../support/restcomm.ts'
import { type Login, startApp } from '../support/start-app.ts'
import { report } from './ratio.ts'
import { spreadOf } from './statistics.ts'

// What the reads of everybody else keep of their rate while 500 wrong passwords are tried at once
// (security.md C6 and T4). Server and clients share one process and its loop, so that on two cores the
// other one is free for the hashes, as it is where the clients are elsewhere.
// Usage: node test/bench/password-flood.ts

const rounds = 9
const quietMs = 1500
const flood = 500
const readers = 8
const least = '>= 0.8'

const app = await startApp({ config: { bcryptCost: 10 } })
const flooding = new Agent({ keepAlive: true, maxSockets: flood })
const reading = new Agent({ keepAlive: true, maxSockets: readers })
try {
  const victim = await createAccount(app, app.root)
  const rest = () => new Promise<void>((settle) => setTimeout(settle, quietMs))
  await ratesDuring(victim, rest())
  const ratios: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const before = await ratesDuring(victim, rest())
    const flooded = await ratesDuring(victim, wrongPasswords(victim))
    const after = await ratesDuring(victim, rest())
    const quiet = (before.perSecond + after.perSecond) / 2
    ratios.push(flooded.perSecond / quiet)
    const loop = `the loop had ${percent(flooded.core)} of a core, else ${percent(before.core)}`
    const rates = `${quiet.toFixed(0)} reads/s, under the flood ${flooded.perSecond.toFixed(0)}`
    console.log(`round ${round}: ${rates}; ${loop}`)
  }
  report('password flood, reads that are kept', spreadOf(ratios), least)
} finally {
  flooding.destroy()
  reading.destroy()
  await app.stop()
}

/** How many reads by token are answered in a second, and how much of a core the loop was given. */
async function ratesDuring(who: Login, something: Promise<void>) {
  const begun = performance.now()
  const used = process.threadCpuUsage()
  let answered = 0
  let isOver = false
  const over = something.finally(() => {
    isOver = true
  })
  const read = async () => {
    while (!isOver) {
      if ((await statusOf(reading, who.sid, who.token)) !== 200) {
        throw new Error('a read was refused')
      }
      answered += 1
    }
  }
  await Promise.all([over, ...Array.from({ length: readers }, read)])
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.threadCpuUsage(used)
  return { perSecond: answered / seconds, core: (user + system) / 1e6 / seconds }
}

async function wrongPasswords({ sid }: Login): Promise<void> {
  const statuses = await Promise.all(
    Array.from({ length: flood }, (_, turn) => statusOf(flooding, sid, `wrong password ${turn}`)),
  )
  if (!statuses.every((status) => status === 401 || status === 429)) {
    throw new Error('a wrong password was answered otherwise')
  }
}

function statusOf(agent: Agent, name: string, secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: basic(name, secret) }
    const sent = request(`${app.url}/2012-04-24/Accounts/${name}.json`, { agent, headers })
    sent.on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject).end()
  })
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
