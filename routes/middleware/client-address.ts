import { isIP } from 'node:net'
import type { Middleware } from '../context.ts'
import type { AddressTest } from '../networks.ts'

/**
 * Notes the client's address. `X-Forwarded-For` is believed as far as it was written by listed
 * proxies: from its end, the first address that is not one of them (security.md T6).
 */
export function clientAddress(isProxy: AddressTest): Middleware {
  return (ctx, next) => {
    const address = ctx.req.socket.remoteAddress ?? ''
    ctx.state.address = isProxy(address)
      ? behindProxies(address, ctx.get('X-Forwarded-For'), isProxy)
      : address
    return next()
  }
}

function behindProxies(proxy: string, forwardedFor: string, isProxy: AddressTest): string {
  const hops = forwardedFor.split(',').map((hop) => hop.trim())
  let address = proxy
  while (isProxy(address)) {
    const hop = hops.pop()
    if (hop === undefined || isIP(hop) === 0) {
      break
    }
    address = hop
  }
  return address
}
