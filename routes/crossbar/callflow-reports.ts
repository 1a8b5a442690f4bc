import { checkedCallflows, reachedBy } from '../../lib/callflows/survey.ts'
import { checkReport, matchReport } from '../../serializers/crossbar/callflow-reports.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'

const answer = { schema: 'Envelope' } as const

/** What Kazoo has nothing like: what a number would reach, and what is wrong, before a caller finds out. */
export const callflowReportRoutes: readonly CrossbarRoute[] = [
  {
    method: 'GET',
    path: '/accounts/:id/callflows/match',
    operation: {
      summary: 'Ask which callflow takes a number, and what can then happen to the call',
      query: [{ name: 'number', required: true, description: 'As a caller dials it' }],
      answer,
      refusals: [400, 404],
    },
    handler: match,
  },
  {
    method: 'GET',
    path: '/accounts/:id/callflows/check',
    operation: {
      summary: 'Ask which references lead nowhere or in circles, and which patterns take no number',
      answer,
      refusals: [404],
    },
    handler: check,
  },
]

async function match({ services, caller, target, query }: Exchange): Promise<Answer> {
  const readNumber = () => query().get('number') ?? undefined
  const reached = await reachedBy(services, caller, target, readNumber)
  return { data: matchReport(reached) }
}

async function check({ services, caller, target }: Exchange): Promise<Answer> {
  const { report, callflows } = await checkedCallflows(services, caller, target)
  return { data: checkReport(report, callflows) }
}
