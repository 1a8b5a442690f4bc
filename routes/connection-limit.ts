import type { Server } from 'node:http'
import { addressGroup } from '../lib/throttle.ts'
import type { AddressTest } from './networks.ts'

/**
 * Half of what a server takes in all: one client, however many connections it opens and holds, leaves the
 * other half to everyone else.
 */
const mostOfOneAddress = 2_000

/**
 * Closes a connection at once whose address has as many as it may. A proxy that is believed brings all of
 * its clients from one address, and so does this machine; neither is counted.
 */
export function limitConnections(
  server: Server,
  isExempt: AddressTest,
  most: number = mostOfOneAddress,
): void {
  const open = new Map<string, number>()
  server.on('connection', (socket) => {
    const { remoteAddress } = socket
    if (remoteAddress === undefined || isExempt(remoteAddress)) {
      return
    }
    const group = addressGroup(remoteAddress)
    const count = open.get(group) ?? 0
    if (count >= most) {
      socket.destroy()
      return
    }
    open.set(group, count + 1)
    socket.once('close', () => {
      const left = (open.get(group) ?? 1) - 1
      if (left === 0) {
        open.delete(group)
      } else {
        open.set(group, left)
      }
    })
  })
}
