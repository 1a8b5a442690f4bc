import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { DeliveryCounts } from '../db/store.ts'
import type { LoginFailure } from '../lib/services.ts'

export type RequestLabels = {
  readonly dialect: string
  readonly route: string
  readonly status: string
}

export type Metrics = {
  requestServed(labels: RequestLabels, seconds: number): void
  loginFailed(failure: LoginFailure): void
  storeCalled(method: string, seconds: number): void
  /** All of it in Prometheus' text form. */
  text(): Promise<string>
  readonly contentType: string
}

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const storeBuckets = [0.00005, 0.0001, 0.00025, 0.001, 0.005, 0.025, 0.1, 1]

/** The figures of one server, and of what its store has queued when they are asked for. No label holds anything that a client chooses. */
export function createMetrics(countDeliveries: () => Promise<DeliveryCounts>): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'strowger_requests_total',
    help: 'Requests answered',
    labelNames: ['dialect', 'route', 'status'],
    registers,
  })
  const latency = new Histogram({
    name: 'strowger_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['dialect'],
    buckets: latencyBuckets,
    registers,
  })
  const logins = new Counter({
    name: 'strowger_failed_logins_total',
    help: 'Logins refused, by reason',
    labelNames: ['reason'],
    registers,
  })
  const store = new Histogram({
    name: 'strowger_store_seconds',
    help: 'Time that a call of the store took',
    labelNames: ['method'],
    buckets: storeBuckets,
    registers,
  })
  measureDeliveries(registry, countDeliveries)
  return {
    requestServed(labels, seconds) {
      requests.inc(labels)
      latency.observe({ dialect: labels.dialect }, seconds)
    },
    loginFailed: (reason) => logins.inc({ reason }),
    storeCalled: (method, seconds) => store.observe({ method }, seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** Without the store the others are told all the same. */
function measureDeliveries(registry: Registry, count: () => Promise<DeliveryCounts>): void {
  new Gauge({
    name: 'strowger_webhook_deliveries',
    help: 'Events that wait to be sent to webhooks, and that were given up in the last seven days',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const counts = await count().catch(() => undefined)
      this.reset()
      for (const [state, number] of Object.entries(counts ?? {})) {
        this.set({ state }, number)
      }
    },
  })
}
