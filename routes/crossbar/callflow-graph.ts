import { requireLiving } from '../../lib/accounts/read.ts'
import { drawGraph, type Graph } from '../../lib/callflows/drawing.ts'
import { requireCallflow } from '../../lib/callflows/read.ts'
import { allCallflows, callflowFrom } from '../../lib/callflows/survey.ts'
import type { Services } from '../../lib/services.ts'
import { flowGraph } from '../../serializers/callflow/graph.ts'
import { HttpError } from '../http-error.ts'
import type { Answer, CrossbarRoute, Exchange, File } from './exchange.ts'

/** The first is what a client gets that says it takes anything, as curl does. */
const graphTypes = ['text/vnd.graphviz', 'image/svg+xml'] as const

export const callflowGraphRoutes: readonly CrossbarRoute[] = [
  {
    method: 'GET',
    path: '/accounts/:id/callflows/:callflow/graph',
    operation: {
      summary: 'Draw the flow of a callflow, for Graphviz or as a picture',
      answer: { files: graphTypes },
      refusals: [404, 406, 413, 503],
    },
    handler: graph,
  },
]

async function graph(exchange: Exchange): Promise<Answer> {
  const { services, caller, target, name } = exchange
  const { sid } = requireLiving(caller, 'readCallflows', target)
  const callflow = callflowFrom(await requireCallflow(services, sid, name))
  const type = exchange.accepts(graphTypes)
  if (type === undefined) {
    throw new HttpError(406, `The graph is there as ${graphTypes.join(' and as ')}`)
  }
  const drawn = flowGraph(callflow, await allCallflows(services, caller, target))
  const text = type === 'image/svg+xml' ? await pictureOf(services, drawn) : drawn.dot
  const file: File = { type, text }
  return { data: text, file }
}

async function pictureOf({ drawings }: Services, graph: Graph): Promise<string> {
  const drawing = await drawGraph(graph, drawings)
  switch (drawing.outcome) {
    case 'drawn':
      return drawing.svg
    case 'tooLarge':
      throw new HttpError(413, `A picture has ${drawing.maxNodes} steps at most`)
    case 'tooSlow':
      throw new HttpError(503, `No picture was there after ${drawing.maxSeconds} seconds`, {
        'Retry-After': '60',
      })
  }
}
