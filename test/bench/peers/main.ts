import { readFileSync } from 'node:fs'
import { openPeerData } from './data.ts'
import { operationsOf } from './operations.ts'
import { listenWith, type PeerName, peers } from './servers.ts'

// A peer in a process of its own: `NAME FOLDER`, or `ceiling FILE` for recorded answers by method and path.

export type Recorded = Readonly<
  Record<string, { readonly status: number; readonly type: string; readonly body: string }>
>

const [name = '', place = ''] = process.argv.slice(2)
const port = await (name === 'ceiling' ? startCeiling(place) : startPeer(name, place))
console.log(`listening on http://127.0.0.1:${port}`)

function startPeer(wanted: string, folder: string): Promise<number> {
  const known = Object.keys(peers).find((peer): peer is PeerName => peer === wanted)
  if (known === undefined) {
    throw new Error(`no peer is called ${wanted}`)
  }
  return peers[known](operationsOf(openPeerData(folder)))()
}

/** The platform's ceiling: the same bytes and no work. */
function startCeiling(file: string): Promise<number> {
  const recorded: Recorded = JSON.parse(readFileSync(file, 'utf8'))
  return listenWith((request, response) => {
    const answer = recorded[`${request.method} ${request.url}`]
    if (answer === undefined) {
      response.writeHead(404).end()
      return
    }
    response
      .writeHead(answer.status, {
        'Content-Type': answer.type,
        'Content-Length': Buffer.byteLength(answer.body),
      })
      .end(answer.body)
  })
}
