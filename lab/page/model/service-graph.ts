/** The graph of services out of Tempo's service graph metrics, laid out from callers to called. */
import { numberOf } from './prometheus.ts'

export interface EdgeSample {
  metric: Readonly<Record<string, string>>
  value?: readonly [number, string]
}

export interface Edge {
  from: string
  to: string
  rate: number
  failed: number
  /** Mean seconds of a request, as the called side measures it. */
  seconds?: number
}

export interface Node {
  name: string
  /** Column from the left, and place from the top within it. */
  column: number
  row: number
  rate: number
  failed: number
  seconds?: number
}

export const graphQueries = (range: string) =>
  ({
    rate: `sum by (client, server) (rate(traces_service_graph_request_total[${range}]))`,
    failed: `sum by (client, server) (rate(traces_service_graph_request_failed_total[${range}]))`,
    seconds: `sum by (client, server) (rate(traces_service_graph_request_server_seconds_sum[${range}])) / sum by (client, server) (rate(traces_service_graph_request_server_seconds_count[${range}]))`,
  }) as const

export function edgesOf(answers: Record<'rate' | 'failed' | 'seconds', readonly EdgeSample[]>): Edge[] {
  const key = ({ metric }: EdgeSample) => JSON.stringify([metric.client, metric.server])
  const number = ({ value }: EdgeSample) => (value === undefined ? Number.NaN : numberOf(value[1]))
  const [failed, seconds] = [answers.failed, answers.seconds].map(
    samples => new Map(samples.map(sample => [key(sample), number(sample)])),
  ) as [Map<string, number>, Map<string, number>]
  return answers.rate
    .filter(sample => number(sample) > 0)
    .map(sample => {
      const mean = seconds.get(key(sample))
      return {
        from: sample.metric.client || 'unknown',
        to: sample.metric.server || 'unknown',
        rate: number(sample),
        failed: failed.get(key(sample)) ?? 0,
        ...(mean !== undefined && Number.isFinite(mean) && { seconds: mean }),
      }
    })
}

/** A service stands one column right of the nearest that calls it; circles stay where they were first reached. */
export function nodesOf(edges: readonly Edge[]): Node[] {
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))]
  const called = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to))
  const columns = new Map<string, number>()
  let reached = names.filter(name => !called.has(name))
  if (reached.length === 0) reached = names.slice(0, 1)
  for (let column = 0; reached.length > 0; column++) {
    for (const name of reached) columns.set(name, column)
    const from = new Set(reached)
    reached = [...new Set(edges.filter(edge => from.has(edge.from)).map(({ to }) => to))].filter(
      name => !columns.has(name),
    )
    if (reached.length === 0) reached = names.filter(name => !columns.has(name)).slice(0, 1)
  }
  const filled = new Map<number, number>()
  return names.map(name => {
    const column = columns.get(name)!
    const row = filled.get(column) ?? 0
    filled.set(column, row + 1)
    const into = edges.filter(({ to }) => to === name)
    const rate = into.reduce((sum, edge) => sum + edge.rate, 0)
    const timed = into.filter(({ seconds }) => seconds !== undefined)
    const weight = timed.reduce((sum, edge) => sum + edge.rate, 0)
    return {
      name,
      column,
      row,
      rate,
      failed: into.reduce((sum, edge) => sum + edge.failed, 0),
      ...(weight > 0 && {
        seconds: timed.reduce((sum, edge) => sum + edge.rate * edge.seconds!, 0) / weight,
      }),
    }
  })
}
