import { type Authenticated, authenticate } from '../../lib/authenticate.ts'
import { DomainError } from '../../lib/errors.ts'
import type { Services } from '../../lib/services.ts'
import { authenticateSession } from '../../lib/sessions.ts'
import { noteCaller } from '../authentication.ts'
import { basicCredentials } from '../basic-auth.ts'
import type { Context, Middleware } from '../context.ts'
import { targetOf } from './path.ts'

/**
 * Notes the caller: by a session's token in `X-Auth-Token` or as Bearer, or by Basic with SID, bare id,
 * e-mail or API key (kazoo.md D11). An account that may not act is as unknown as any other (D18).
 */
export function crossbarAuthentication(services: Services): Middleware {
  return async (ctx, next) => {
    const { caller, target } = await authenticated(ctx, services)
    if (caller.standing !== 'full') {
      throw new DomainError({ kind: 'inactive' })
    }
    noteCaller(ctx, services, { caller, target })
    await next()
  }
}

/** The session's token of a request; an empty header counts as none. */
export function sessionTokenOf(ctx: Context): string | undefined {
  const { authorization = '', 'x-auth-token': token } = ctx.req.headers
  if (typeof token === 'string' && token !== '') {
    return token
  }
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1]
}

async function authenticated(ctx: Context, services: Services): Promise<Authenticated> {
  const { requestId, address, dialect, path } = ctx.state
  const origin = { requestId, address, dialect }
  const token = sessionTokenOf(ctx)
  if (token !== undefined) {
    return authenticateSession(services, token, origin, targetOf(path))
  }
  const credentials = basicCredentials(ctx.req.headers.authorization ?? '')
  if (credentials === undefined) {
    throw new DomainError({ kind: 'unauthenticated' })
  }
  const { name, secret } = credentials
  const isBareId = /^[0-9a-zA-Z]{32}$/.test(name)
  const login = { name: isBareId ? `AC${name}` : name, secret }
  return authenticate(services, login, origin, targetOf(path))
}
