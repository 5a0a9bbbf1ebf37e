/** Asks running servers every query of every panel, as Grafana would, and tells which panels get nothing. */
import { textOf } from '../../../contract/answer.ts'
import { allStackMetrics, prometheusOwn, serviceGraph } from '../../../contract/stack-signals.ts'
import { UserError } from '../../../contract/user-error.ts'
import type { Dashboard } from '../model.ts'
import type { NativeDashboard, NativePanel, NativeTarget } from '../native/dashboard.ts'
import { panelsOf } from '../native/dashboard.ts'
import { interpolate, type Range } from './interpolate.ts'

interface Servers {
  prometheus: string
  loki?: string | undefined
  tempo?: string | undefined
}

/** Quiet panels are empty because nothing is wrong. */
export type Outcome = 'data' | 'quiet' | 'empty' | 'error' | 'skipped'

interface Answer {
  dashboard: string
  panel: string
  refId: string
  query: string
  outcome: Outcome
  series: number
  detail?: string
}

export interface PanelResult {
  dashboard: string
  panel: string
  outcome: Outcome
  /** Why a quiet panel may be. */
  reason?: string
  answers: Answer[]
}

/** Panels by dashboard and title. */
export type Reasons = ReadonlyMap<string, string>

export function quietReasons(definitions: readonly Dashboard[]): Reasons {
  return new Map(
    definitions.flatMap(({ uid, rows }) =>
      rows.flatMap(row =>
        row.panels.flatMap(({ title, quiet }) =>
          quiet === undefined ? [] : [[panelKey(uid, title), quiet] as const],
        ),
      ),
    ),
  )
}

/** One line for a wrong address, instead of one for each query. */
export async function expectServers({ prometheus, loki, tempo }: Servers): Promise<void> {
  await matrix(prometheus, '/api/v1/query', { query: 'vector(1)' })
  if (loki !== undefined) await get(loki, '/loki/api/v1/labels', {})
  if (tempo !== undefined) await get(tempo, '/api/search/tags', {})
}

export async function checkLive(
  dashboards: readonly NativeDashboard[],
  servers: Servers,
  range: Range,
  reasons: Reasons = new Map(),
): Promise<PanelResult[]> {
  const results: PanelResult[] = []
  let scraped: ReadonlySet<string> | undefined
  for (const dashboard of dashboards)
    for (const panel of panelsOf(dashboard)) {
      if (!panel.targets?.length) continue
      let answers = await Promise.all(
        panel.targets.map(target => ask(dashboard, panel, target, servers, range)),
      )
      if (answers.some(({ outcome }) => outcome === 'empty')) {
        const jobs = scraped ?? (await scrapedJobs(servers.prometheus, range))
        scraped = jobs
        answers = answers.map(answer => absenceExplained(answer, jobs))
      }
      const outcome = worst(answers)
      const reason = outcome === 'empty' ? reasons.get(panelKey(dashboard.uid, panel.title)) : undefined
      results.push({
        dashboard: dashboard.uid,
        panel: panel.title,
        outcome: reason === undefined ? outcome : 'quiet',
        ...(reason !== undefined && { reason }),
        answers,
      })
    }
  return results
}

function panelKey(uid: string, title: string): string {
  return `${uid}: ${title}`
}

/** A panel shows something as soon as one of its queries does; an error shows whatever the others give. */
function worst(answers: readonly Answer[]): Outcome {
  const outcomes = answers.map(({ outcome }) => outcome)
  const order: Outcome[] = ['error', 'data', 'skipped', 'empty']
  return order.find(outcome => outcomes.includes(outcome)) ?? 'empty'
}

/** Those of the range, whether they were up or down. */
async function scrapedJobs(server: string, { from, to }: Range): Promise<ReadonlySet<string>> {
  const query = `count by (job) (present_over_time(${prometheusOwn.up.name}[${to - from}s]))`
  const series = await matrix(server, '/api/v1/query', { query, time: `${to}` })
  return new Set(series.flatMap(({ metric }) => metric?.job ?? []))
}

/** A server that nobody scrapes, such as one that was not started, leaves its panels empty for that reason alone. */
function absenceExplained(answer: Answer, scraped: ReadonlySet<string>): Answer {
  if (answer.outcome !== 'empty') return answer
  const absent = allStackMetrics.find(
    ({ name, emittedBy }) => !scraped.has(emittedBy) && new RegExp(`\\b${name}`).test(answer.query),
  )
  if (absent === undefined) return answer
  const { name, emittedBy } = absent
  return { ...answer, outcome: 'skipped', detail: `Prometheus scrapes no ${emittedBy}, which has ${name}` }
}

async function ask(
  dashboard: NativeDashboard,
  panel: NativePanel,
  target: NativeTarget,
  servers: Servers,
  range: Range,
): Promise<Answer> {
  const query = interpolate(target.expr ?? target.query ?? '', dashboard, range)
  const answer = (outcome: Outcome, series: number, detail?: string): Answer => ({
    dashboard: dashboard.uid,
    panel: panel.title,
    refId: target.refId,
    query,
    outcome,
    series,
    ...(detail === undefined ? {} : { detail }),
  })
  const type = target.datasource?.type ?? panel.datasource?.type ?? 'prometheus'
  if (target.queryType === 'serviceMap')
    return ask(dashboard, panel, { ...target, ...behindTheServiceMap }, servers, range)
  const server = { prometheus: servers.prometheus, loki: servers.loki, tempo: servers.tempo }[type]
  if (server === undefined) return answer('skipped', 0, `No --${type} URL was given`)
  try {
    const found = await count(type, server, query, target, range)
    return answer(found > 0 ? 'data' : 'empty', found)
  } catch (error) {
    return answer('error', 0, error instanceof Error ? error.message : String(error))
  }
}

/** Tempo's data source draws its graph from metrics of Prometheus. */
const behindTheServiceMap = {
  queryType: 'range',
  datasource: { type: 'prometheus' },
  expr: `sum by (client, server) (rate(${serviceGraph.requests.name}[$__rate_interval]))`,
}

async function count(
  type: string,
  server: string,
  query: string,
  { instant = false, queryType }: NativeTarget,
  { from, to, step }: Range,
): Promise<number> {
  const window = { start: `${from}`, end: `${to}` }
  if (type === 'tempo') {
    const parameters = { q: query || '{}', ...window, limit: '20' }
    const traces = await list<{ traceID: string }>(server, '/api/search', parameters, 'traces')
    if (query !== '' || traces.length === 0) return traces.length
    // A panel that waits for a trace id gets one that exists.
    return (await list(server, `/api/traces/${traces[0]!.traceID}`, {}, 'batches')).length
  }
  const base = type === 'loki' ? '/loki/api/v1' : '/api/v1'
  const series =
    instant || queryType === 'instant'
      ? await matrix(server, `${base}/query`, { query, time: `${to}` })
      : await matrix(server, `${base}/query_range`, { query, ...window, step: `${step}` })
  return series.filter(({ value, values }) => shows(value?.[1]) || values?.some(each => shows(each[1])))
    .length
}

interface Series {
  metric?: Record<string, string>
  value?: [number, string]
  values?: [number, string][]
}

async function matrix(server: string, path: string, parameters: Record<string, string>): Promise<Series[]> {
  const { value, text } = await get<{ data?: { result?: Series[] } } | null>(server, path, parameters)
  const series = value?.data?.result
  if (Array.isArray(series)) return series
  throw new UserError(`Cannot query ${server}: expected data.result from ${path}, got ${text.slice(0, 80)}`)
}

/** Of Tempo, which leaves out a list that is empty. */
async function list<T>(server: string, path: string, parameters: Record<string, string>, name: string) {
  const { value, text } = await get<Record<string, unknown> | null>(server, path, parameters)
  const items = value?.[name] ?? []
  if (typeof value === 'object' && value !== null && Array.isArray(items)) return items as T[]
  throw new UserError(`Cannot query ${server}: expected ${name} from ${path}, got ${text.slice(0, 80)}`)
}

/** Grafana draws nothing for NaN. */
function shows(value: string | undefined): boolean {
  return value !== undefined && value !== 'NaN'
}

async function get<T>(
  server: string,
  path: string,
  parameters: Record<string, string>,
): Promise<{ value: T; text: string }> {
  const url = `${server.replace(/\/$/, '')}${path}?${new URLSearchParams(parameters)}`
  const options = { signal: AbortSignal.timeout(30_000), redirect: 'manual' } as const
  const response = await fetch(url, options).catch((error: Error) => {
    throw new UserError(
      `Cannot query ${server}: expected an answer within 30 s, got ${(error.cause as Error | undefined)?.message ?? error.message}`,
    )
  })
  const text = await textOf(response)
  if (!response.ok)
    throw new UserError(
      `Cannot query ${server}: expected status 200, got ${response.status} ${text.slice(0, 200)}`,
    )
  try {
    return { value: JSON.parse(text) as T, text }
  } catch {
    throw new UserError(`Cannot query ${server}: expected JSON from ${path}, got "${text.slice(0, 40)}"`)
  }
}
