/** Asks what a panel shows: every target of it, in the form its type draws. */
import { type Earlier, later, moved } from '../model/compare.ts'
import type { Panel, Target } from '../model/dashboard.ts'
import type { Frame } from '../model/frames.ts'
import { interpolate, type Language, type Scope } from '../model/interpolate.ts'
import { aligned, builtIns, minimumStep, stepFor } from '../model/intervals.ts'
import { type LogLine, linesOf, type Stream } from '../model/logs.ts'
import { configured } from '../model/overrides.ts'
import { legendOf, type PrometheusData, prometheusFrames } from '../model/prometheus.ts'
import { type Edge, type EdgeSample, edgesOf, graphQueries } from '../model/service-graph.ts'
import { type FoundTrace, type Span, searchFrame, spansOf, type TraceAnswer } from '../model/tempo.ts'
import type { TimeRange } from '../model/time.ts'
import { transformed } from '../model/transform.ts'
import { getJson, prometheus } from './api.ts'

export interface PanelData {
  frames: Frame[]
  range: TimeRange
  step: number
  exemplars: Exemplar[]
  lines: LogLine[]
  spans: Span[]
  edges: Edge[]
  /** Of the span that is drawn under the present one, at the times where they are drawn. */
  earlier: { name: string; frames: Frame[] } | undefined
  /** What the variables were filled with, for links. */
  scope: Scope
}

export interface Exemplar {
  /** Milliseconds since the epoch. */
  time: number
  value: number
  traceId: string
  labels: Readonly<Record<string, string>>
}

interface Question {
  panel: Panel
  range: TimeRange
  scope: Scope
  width: number
  scrapeInterval: number
  signal: AbortSignal
  earlier: Earlier | undefined
}

type Answer = Partial<Pick<PanelData, 'frames' | 'exemplars' | 'lines' | 'spans' | 'edges'>>

interface Asked extends Question {
  target: Target
  step: number
  isOnly: boolean
}

/** Where an earlier span is drawn beneath. */
const withCourse = ['timeseries', 'stat', 'gauge', 'bargauge', 'heatmap', 'state-timeline']

export async function ask(question: Question): Promise<PanelData> {
  const { panel, range, width, scrapeInterval } = question
  const minimum = minimumStep(panel.interval, scrapeInterval)
  const step = stepFor(range, panel.maxDataPoints ?? Math.max(100, Math.round(width)), minimum)
  const { earlier } = question
  const isCompared = earlier !== undefined && withCourse.includes(panel.type)
  const [{ answers, frames, scope }, framesBefore] = await Promise.all([
    askAll(question, step, minimum),
    isCompared ? askEarlier(question, earlier, step, minimum) : undefined,
  ])
  return {
    frames,
    range: aligned(range, step),
    step,
    scope,
    exemplars: answers.flatMap(answer => answer.exemplars ?? []),
    lines: answers.flatMap(({ lines = [] }) => lines),
    spans: answers.flatMap(({ spans = [] }) => spans),
    edges: answers.flatMap(({ edges = [] }) => edges),
    earlier: framesBefore && { name: earlier!.name, frames: framesBefore },
  }
}

async function askAll(question: Question, step: number, minimum: number) {
  const { panel, range } = question
  const scope = {
    ...question.scope,
    builtIns: { ...question.scope.builtIns, ...builtIns(range, step, minimum) },
  }
  const targets = (panel.targets ?? []).filter(({ hide }) => hide !== true)
  const answers = await Promise.all(
    targets.map(target => askOne({ ...question, scope, target, step, isOnly: targets.length === 1 })),
  )
  const frames = transformed(
    answers.flatMap(answer => answer.frames ?? []),
    panel.transformations,
  )
  return { answers, frames: configured(frames, panel), scope }
}

async function askEarlier(
  question: Question,
  earlier: Earlier,
  step: number,
  minimum: number,
): Promise<Frame[]> {
  const { by, ...range } = moved(earlier, question.range, step)
  const { panel } = question
  const targets = panel.targets?.map(target => ({ ...target, exemplar: false })) ?? []
  const { frames } = await askAll({ ...question, range, panel: { ...panel, targets } }, step, minimum)
  return later(frames, by)
}

export const datasourceType = (target: Target, panel: Panel) =>
  target.datasource?.type ?? panel.datasource?.type ?? 'prometheus'

const languageOf: Readonly<Record<string, Language>> = {
  prometheus: 'promql',
  loki: 'logql',
  tempo: 'traceql',
}

export function queryText(target: Target, panel: Panel, scope: Scope): string {
  const language = languageOf[datasourceType(target, panel)] ?? 'text'
  return interpolate(target.expr ?? target.query ?? '', scope, language)
}

function askOne(asked: Asked): Promise<Answer> {
  const type = datasourceType(asked.target, asked.panel)
  if (type === 'prometheus') return askPrometheus(asked)
  if (type === 'loki') return askLoki(asked)
  if (type === 'tempo') return asked.target.queryType === 'serviceMap' ? askGraph(asked) : askTempo(asked)
  throw new Error(`Cannot ask a data source of type "${type}": expected prometheus, loki or tempo`)
}

async function askPrometheus({ target, panel, range, step, scope, signal, isOnly }: Asked): Promise<Answer> {
  const query = queryText(target, panel, scope)
  if (query.trim() === '') return { frames: [] }
  const times = aligned(range, step)
  const isInstant = target.instant === true && target.range !== true
  const [data, exemplars] = await Promise.all([
    isInstant
      ? prometheus<PrometheusData>('query', { query, time: range.to / 1000 }, signal)
      : prometheus<PrometheusData>(
          'query_range',
          { query, start: times.from / 1000, end: times.to / 1000, step: step / 1000 },
          signal,
        ),
    target.exemplar === true ? exemplarsOf(query, range, signal) : [],
  ])
  // A heatmap is many series of buckets, whatever it says of its format.
  const format = panel.type === 'heatmap' ? 'time_series' : target.format
  return {
    frames: prometheusFrames(data, { ...target, expr: query, format: format ?? 'time_series' }, isOnly),
    exemplars,
  }
}

interface ExemplarSeries {
  seriesLabels: Readonly<Record<string, string>>
  exemplars: readonly { labels: Readonly<Record<string, string>>; value: string; timestamp: number }[]
}

async function exemplarsOf(query: string, range: TimeRange, signal: AbortSignal): Promise<Exemplar[]> {
  const found = await prometheus<ExemplarSeries[]>(
    'query_exemplars',
    { query, start: range.from / 1000, end: range.to / 1000 },
    signal,
  )
  return found.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.flatMap(({ labels, value, timestamp }) => {
      const traceId = labels.trace_id ?? labels.traceID
      if (traceId === undefined) return []
      return [
        { time: timestamp * 1000, value: Number(value), traceId, labels: { ...seriesLabels, ...labels } },
      ]
    }),
  )
}

async function askLoki(asked: Asked): Promise<Answer> {
  const { target, panel, range, step, scope, signal } = asked
  const query = queryText(target, panel, scope)
  if (query.trim() === '') return { lines: [] }
  const isInstant = target.queryType === 'instant'
  const common = { query, limit: panel.type === 'logs' ? 500 : undefined }
  const nanos = (ms: number) => `${Math.round(ms)}000000`
  const { data } = isInstant
    ? await getJson<{ data: PrometheusData }>(
        '/loki/api/v1/query',
        { ...common, time: nanos(range.to) },
        signal,
      )
    : await getJson<{ data: PrometheusData }>(
        '/loki/api/v1/query_range',
        {
          ...common,
          start: nanos(range.from),
          end: nanos(range.to),
          step: `${step / 1000}`,
          direction: 'backward',
        },
        signal,
      )
  if (data.resultType === 'streams') return { lines: linesOf(data.result as Stream[]) }
  const frames = prometheusFrames(data, { ...target, expr: query }, asked.isOnly)
  return { frames: frames.map(frame => onGrid(frame, target)) }
}

/** Loki's steps stand on its own grid, so a line's name is all that is set here. */
function onGrid(frame: Frame, target: Target): Frame {
  const fields = frame.fields.map(field =>
    field.labels === undefined ? field : { ...field, displayName: legendOf(field.labels, target) },
  )
  return { ...frame, fields }
}

async function askTempo({ target, panel, range, scope, signal }: Asked): Promise<Answer> {
  const query = queryText(target, panel, scope).trim()
  const isId = /^[0-9a-f]{8,32}$/i.test(query)
  if (isId) return { spans: spansOf(await getJson<TraceAnswer>(`/api/traces/${query}`, {}, signal)) }
  if (panel.type === 'traces') return { spans: [] }
  const { traces = [] } = await getJson<{ traces?: FoundTrace[] }>(
    '/api/search',
    {
      q: query,
      limit: target.limit ?? 20,
      start: Math.floor(range.from / 1000),
      end: Math.ceil(range.to / 1000),
    },
    signal,
  )
  return { frames: searchFrame(traces, target) }
}

async function askGraph({ range, signal }: Asked): Promise<Answer> {
  const seconds = Math.max(60, Math.round((range.to - range.from) / 1000))
  const queries = graphQueries(`${seconds}s`)
  const samples = async (query: string) =>
    (await prometheus('query', { query, time: range.to / 1000 }, signal)).result as EdgeSample[]
  const [rate, failed, mean] = await Promise.all([
    samples(queries.rate),
    samples(queries.failed),
    samples(queries.seconds),
  ])
  return { edges: edgesOf({ rate, failed, seconds: mean }) }
}
