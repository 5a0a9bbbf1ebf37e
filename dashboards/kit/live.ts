/** Asks running servers every query of every panel, as Grafana would, and tells which panels get nothing. */
import type { NativeDashboard, NativePanel, NativeTarget } from './bridge.ts'
import { interpolate, type Range } from './interpolate.ts'
import { panelsOf } from './lint.ts'

export interface Servers {
  prometheus: string
  loki?: string | undefined
  tempo?: string | undefined
}

/** Quiet panels are empty because nothing is wrong. */
export type Outcome = 'data' | 'quiet' | 'empty' | 'error' | 'skipped'

export interface Answer {
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
  answers: Answer[]
}

export async function checkLive(
  dashboards: readonly NativeDashboard[],
  servers: Servers,
  range: Range,
  mayBeQuiet: (dashboard: string, panel: string) => boolean = () => false,
): Promise<PanelResult[]> {
  const results: PanelResult[] = []
  for (const dashboard of dashboards)
    for (const panel of panelsOf(dashboard)) {
      if (!panel.targets?.length) continue
      const answers = await Promise.all(
        panel.targets.map(target => ask(dashboard, panel, target, servers, range)),
      )
      const outcome = worst(answers)
      const quiet = outcome === 'empty' && mayBeQuiet(dashboard.uid, panel.title)
      results.push({
        dashboard: dashboard.uid,
        panel: panel.title,
        outcome: quiet ? 'quiet' : outcome,
        answers,
      })
    }
  return results
}

/** A panel shows something as soon as one of its queries does; an error shows whatever the others give. */
function worst(answers: readonly Answer[]): Outcome {
  const outcomes = answers.map(({ outcome }) => outcome)
  const order: Outcome[] = ['error', 'data', 'skipped', 'empty']
  return order.find(outcome => outcomes.includes(outcome)) ?? 'empty'
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
    return answer('skipped', 0, 'Grafana derives the graph from metrics that the panels beside it query')
  if (query === '') return answer('skipped', 0, 'The query is a variable that has no value yet')
  const server = { prometheus: servers.prometheus, loki: servers.loki, tempo: servers.tempo }[type]
  if (server === undefined) return answer('skipped', 0, `No --${type} URL was given`)
  try {
    const found = await count(type, server, query, target, range)
    return answer(found > 0 ? 'data' : 'empty', found)
  } catch (error) {
    return answer('error', 0, error instanceof Error ? error.message : String(error))
  }
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
    const { traces } = await get<{ traces?: unknown[] }>(server, '/api/search', {
      q: query,
      ...window,
      limit: '20',
    })
    return traces?.length ?? 0
  }
  const base = type === 'loki' ? '/loki/api/v1' : '/api/v1'
  const { data } =
    instant || queryType === 'instant'
      ? await get<Matrix>(server, `${base}/query`, { query, time: `${to}` })
      : await get<Matrix>(server, `${base}/query_range`, { query, ...window, step: `${step}` })
  return data.result.filter(({ value, values }) => shows(value?.[1]) || values?.some(each => shows(each[1])))
    .length
}

interface Matrix {
  data: { result: { value?: [number, string]; values?: [number, string][] }[] }
}

/** Grafana draws nothing for NaN. */
function shows(value: string | undefined): boolean {
  return value !== undefined && value !== 'NaN'
}

async function get<T>(server: string, path: string, parameters: Record<string, string>): Promise<T> {
  const url = `${server.replace(/\/$/, '')}${path}?${new URLSearchParams(parameters)}`
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) }).catch((error: Error) => {
    throw new Error(
      `Cannot query ${server}: expected an answer within 30 s, got ${(error.cause as Error | undefined)?.message ?? error.message}`,
    )
  })
  const text = await response.text()
  if (!response.ok)
    throw new Error(
      `Cannot query ${server}: expected status 200, got ${response.status} ${text.slice(0, 200)}`,
    )
  return JSON.parse(text) as T
}
