import { isIP } from 'node:net'
import type { Middleware } from '../context.ts'
import type { AddressTest } from '../networks.ts'

/**
 * Notes the client's address. `X-Forwarded-For` is believed as far as it was written by listed
 * proxies: from its end, the first address that is not one of them (security.md T6).
 */
export function clientAddress(isProxy: AddressTest): Middleware {
  return async (ctx, next) => {
    const hops = ctx
      .get('X-Forwarded-For')
      .split(',')
      .map((hop) => hop.trim())
    let address = ctx.req.socket.remoteAddress ?? ''
    while (isIP(address) !== 0 && isProxy(address)) {
      const hop = hops.pop()
      if (hop === undefined || isIP(hop) === 0) {
        break
      }
      address = hop
    }
    ctx.state.address = address
    await next()
  }
}
