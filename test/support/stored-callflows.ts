import { type Asker, ask, type Document, idOf, type Json } from './crossbar.ts'
import type { TestApp } from './start-app.ts'

type Owner = { readonly sid: string; readonly token: string }

/** A callflow as it was answered. */
export type Callflow = Document & { readonly id: string; readonly numbers: Json }

let made = 0

/** A number that no other callflow of this run has. */
export function freshNumber(): string {
  made += 1
  return `7${String(made).padStart(5, '0')}`
}

/** The path of an account's callflows, or of one of them. */
export function callflowsOf({ sid }: { readonly sid: string }, id?: string): string {
  return `/accounts/${idOf(sid)}/callflows${id === undefined ? '' : `/${id}`}`
}

/** Makes a callflow in an account through `/v2`, under a number of its own. Throws when it is refused. */
export async function madeCallflow(
  app: Pick<TestApp, 'url'>,
  owner: Owner,
  document: Document = {},
  asker: Asker = owner,
): Promise<Callflow> {
  const data = { numbers: [freshNumber()], ...document }
  const answer = await ask(app, asker, 'PUT', callflowsOf(owner), { data })
  if (answer.status !== 201) {
    throw new Error(`the callflow was not made: ${answer.status} ${answer.text}`)
  }
  const { id, numbers = [] } = answer.data
  return { ...answer.data, id: String(id), numbers }
}

/** A document with a flow of so many steps, each the only child of the one above. */
export function flowOfDepth(depth: number): Document {
  let flow: Document = { module: 'play', data: {} }
  for (let level = 1; level < depth; level += 1) {
    flow = { module: 'play', data: {}, children: { _: flow } }
  }
  return flow
}
