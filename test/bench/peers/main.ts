import { readFileSync } from 'node:fs'
import { ceilings, type Recorded } from './ceilings.ts'
import { openPeerData } from './data.ts'
import { operationsOf } from './operations.ts'
import { listenWith, type PeerName, peers } from './servers.ts'

// A peer in a process of its own: `NAME FOLDER`, or one of the ceilings with a FILE of recorded answers by method and path.

const [name = '', place = ''] = process.argv.slice(2)
const port = await (name in ceilings ? startCeiling(name, place) : startPeer(name, place))
console.log(`listening on http://127.0.0.1:${port}`)

function startPeer(wanted: string, folder: string): Promise<number> {
  const known = Object.keys(peers).find((peer): peer is PeerName => peer === wanted)
  if (known === undefined) {
    throw new Error(`no peer is called ${wanted}`)
  }
  return peers[known](operationsOf(openPeerData(folder)))()
}

/** The same bytes and no work. */
function startCeiling(which: string, file: string): Promise<number> {
  const recorded: Recorded = JSON.parse(readFileSync(file, 'utf8'))
  return listenWith(ceilings[which]?.(recorded) ?? (() => {}))
}
