import type { PeerAccount, PeerData } from './data.ts'
import { crossbarOf, jsonList, jsonOf, type Opened, twilioOf, xmlList, xmlOf } from './rendering.ts'

export type PeerRequest = {
  readonly authorization: string | undefined
  /** What `:id` stands for. */
  readonly id: string | undefined
  readonly form: URLSearchParams | undefined
}

export type PeerAnswer = { readonly status: number; readonly type: string; readonly body: string }

/** One route, in a syntax that all frameworks read alike. */
export type Operation = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly answer: (request: PeerRequest) => Promise<PeerAnswer>
}

const xml = 'application/xml'
const json = 'application/json'
const refused: PeerAnswer = { status: 401, type: json, body: '{"message":"unauthorized"}' }

/** What every peer serves, whatever its framework. */
export function operationsOf(data: PeerData): readonly Operation[] {
  const opened = (row: PeerAccount): Opened => ({ row, token: data.openToken(row) })
  const known = (request: PeerRequest) => partiesOf(data, request)
  const reading =
    (type: string, render: (opened: Opened) => string): Operation['answer'] =>
    async (request) => {
      const { caller, target } = await known(request)
      return target === undefined || caller === undefined || !target.path.startsWith(caller.path)
        ? refused
        : { status: 200, type, body: render(opened(target)) }
    }
  const listing =
    (type: string, render: (list: readonly Opened[]) => string): Operation['answer'] =>
    async (request) => {
      const { caller } = await known(request)
      return caller === undefined
        ? refused
        : { status: 200, type, body: render(data.children(caller.sid).map(opened)) }
    }
  const creating =
    (status: number, type: string, render: (opened: Opened) => string): Operation['answer'] =>
    async (request) => {
      const { caller } = await known(request)
      const made = caller && (await data.create(caller, request.form ?? new URLSearchParams()))
      return made === undefined ? refused : { status, type, body: render(opened(made)) }
    }
  const updating: Operation['answer'] = async (request) => {
    const { caller, target } = await known(request)
    if (caller === undefined || target?.path.startsWith(caller.path) !== true) {
      return refused
    }
    const row = data.update(target.sid, request.form ?? new URLSearchParams())
    return row === undefined ? refused : { status: 200, type: xml, body: xmlOf(opened(row)) }
  }
  const crossbarBody = (one: Opened) => crossbarOf(one).body
  return [
    { method: 'GET', path: '/2012-04-24/Accounts/:id', answer: reading(xml, xmlOf) },
    { method: 'GET', path: '/2012-04-24/Accounts.json/:id', answer: reading(json, jsonOf) },
    { method: 'GET', path: '/2010-04-01/Accounts/:id', answer: reading(json, twilioOf) },
    { method: 'GET', path: '/v2/accounts/:id', answer: reading(json, crossbarBody) },
    { method: 'GET', path: '/2012-04-24/Accounts', answer: listing(xml, xmlList) },
    { method: 'GET', path: '/2012-04-24/Accounts.json', answer: listing(json, jsonList) },
    { method: 'POST', path: '/2012-04-24/Accounts', answer: creating(200, xml, xmlOf) },
    { method: 'POST', path: '/2010-04-01/Accounts.json', answer: creating(201, json, twilioOf) },
    { method: 'POST', path: '/2012-04-24/Accounts/:id', answer: updating },
  ]
}

/** Who asks, if the secret is right, and for which account. */
async function partiesOf(data: PeerData, { authorization, id }: PeerRequest) {
  const text = Buffer.from(authorization?.slice('Basic '.length) ?? '', 'base64').toString()
  const colon = text.indexOf(':')
  const sid = id?.length === 32 ? `AC${id}` : id?.slice(0, 34)
  const { caller, target } = data.pair(text.slice(0, colon), sid)
  const fits = caller !== undefined && (await data.fits(caller, text.slice(colon + 1)))
  return { caller: fits ? caller : undefined, target }
}
