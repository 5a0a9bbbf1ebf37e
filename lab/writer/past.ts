/** Lines and traces of the incident in the invented past, as the shop and payments would have sent them. */
import { createHash } from 'node:crypto'
import { incidentFault, pastOf } from '../../compose/history/past.ts'
import type { Preset } from '../../contract/windows.ts'

interface Requests {
  /** As OTLP has them in JSON. */
  traces: object
  logs: object
}

/** Orders before, during and after the incident; of a long one not all. */
const orders = 600
/** Of the orders while payments are down. */
const failing = 0.6

export function pastRequests(preset: Preset, now: number): Requests {
  const { incident } = pastOf(preset, now)
  const length = incident.end - incident.start
  const start = incident.start - length / 4
  const every = (length * 1.5) / orders
  const all = Array.from({ length: orders }, (_, index) => {
    const time = start + index * every
    const isBad = time >= incident.start && time < incident.end
    return orderAt(index, time, isBad && numberOf(index, 'fails') < failing)
  })
  return {
    traces: {
      resourceSpans: [
        { resource: resourceOf('shop'), scopeSpans: [{ spans: all.flatMap(({ shop }) => shop) }] },
        {
          resource: resourceOf('payments'),
          scopeSpans: [{ spans: all.flatMap(({ payments }) => payments) }],
        },
      ],
    },
    logs: {
      resourceLogs: [
        { resource: resourceOf('shop'), scopeLogs: [{ logRecords: all.map(({ line }) => line) }] },
      ],
    },
  }
}

function orderAt(index: number, time: number, fails: boolean) {
  const traceId = digest(index, 'trace').slice(0, 32)
  const [server, client, called] = ['server', 'client', 'payments'].map(role =>
    digest(index, role).slice(0, 16),
  )
  const took = fails ? 0.4 + numberOf(index, 'took') : 0.03 + 0.06 * numberOf(index, 'took')
  const status = fails ? { code: 2 } : {}
  const code = fails ? 503 : 201
  const span = (
    spanId: string,
    parentSpanId: string,
    name: string,
    kind: number,
    from: number,
    to: number,
    code: number,
  ) => ({
    ...{ traceId, spanId, parentSpanId, name, kind, status },
    startTimeUnixNano: nanoseconds(time + took * from),
    endTimeUnixNano: nanoseconds(time + took * to),
    attributes: [
      attribute('http.request.method', 'POST'),
      ...(kind === 2 ? [attribute('http.route', name.split(' ')[1]!)] : []),
      { key: 'http.response.status_code', value: { intValue: code } },
    ],
  })
  return {
    shop: [
      span(server!, '', 'POST /orders', 2, 0, 1, code),
      span(client!, server!, 'POST', 3, 0.2, 0.9, fails ? 503 : 200),
    ],
    payments: [span(called!, client!, 'POST /authorizations', 2, 0.3, 0.8, fails ? 503 : 200)],
    line: {
      ...{ traceId, spanId: server, timeUnixNano: nanoseconds(time + took) },
      ...(fails
        ? {
            severityNumber: 17,
            severityText: 'error',
            body: { stringValue: 'Order refused: payments answered 503' },
          }
        : { severityNumber: 9, severityText: 'info', body: { stringValue: 'Order accepted' } }),
      attributes: [attribute('http.route', '/orders'), attribute('fault', fails ? incidentFault.fault : '')],
    },
  }
}

function resourceOf(service: string) {
  const attributes = [
    attribute('service.name', service),
    attribute('deployment.environment.name', 'lab'),
    // As in the metrics: nobody takes them for what was lived.
    attribute('service.instance.id', 'synthetic'),
  ]
  return { attributes }
}

function attribute(key: string, stringValue: string) {
  return { key, value: { stringValue } }
}

function nanoseconds(time: number): string {
  return String(BigInt(Math.round(time * 1e6)) * 1000n)
}

function digest(index: number, what: string): string {
  return createHash('sha256').update(`${what} ${index}`).digest('hex')
}

/** 0 to 1, the same for the same order. */
function numberOf(index: number, what: string): number {
  return Number.parseInt(digest(index, what).slice(0, 8), 16) / 2 ** 32
}
