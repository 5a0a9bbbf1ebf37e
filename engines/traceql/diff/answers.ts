/** Our answers and Tempo's in one form, so that what is equal looks equal. */

/** Spansets of a trace in the order of their text, for Tempo's comes from a map; the spans in their own. */
export interface TraceAnswer {
  trace: string
  root: string
  /** Nanoseconds after the base of the data. */
  start: string
  milliseconds: number
  services: string
  spansets: SpansetAnswer[]
}

interface SpansetAnswer {
  matched: number
  attributes: string
  /** `id name key=value …`. */
  spans: string[]
}

interface SeriesAnswer {
  labels: string
  /** By milliseconds after the base; 0 is left out of Tempo's JSON. */
  samples: [time: number, value: number][]
}

export type Answer =
  | { kind: 'error'; message: string }
  | { kind: 'search'; traces: TraceAnswer[] }
  | { kind: 'metrics'; series: SeriesAnswer[] }

interface KeyValueJson {
  key: string
  value?: { [type: string]: unknown }
}

interface SpansetJson {
  matched?: number
  attributes?: KeyValueJson[]
  spans?: {
    spanID: string
    name?: string
    attributes?: KeyValueJson[]
    startTimeUnixNano?: string
    durationNanos?: string
  }[]
}

interface TraceJson {
  traceID?: string
  rootServiceName?: string
  rootTraceName?: string
  startTimeUnixNano?: string
  durationMs?: number
  spanSet?: SpansetJson
  spanSets?: SpansetJson[]
  serviceStats?: { [service: string]: { spanCount?: number; errorCount?: number } }
}

export function searchAnswer(body: unknown, base: bigint): Answer {
  const { traces = [] } = body as { traces?: TraceJson[] }
  return {
    kind: 'search',
    traces: traces.map(trace => ({
      trace: (trace.traceID ?? '').padStart(32, '0'),
      root: `${trace.rootServiceName ?? ''}: ${trace.rootTraceName ?? ''}`,
      start: `${BigInt(trace.startTimeUnixNano ?? 0) - base}`,
      milliseconds: trace.durationMs ?? 0,
      services: Object.entries(trace.serviceStats ?? {})
        .map(([name, { spanCount = 0, errorCount = 0 }]) => `${name} ${spanCount}/${errorCount}`)
        .sort()
        .join(', '),
      spansets: (trace.spanSets ?? []).map(spanset => spansetAnswer(spanset, base)).sort(byText),
    })),
  }
}

function spansetAnswer({ matched = 0, attributes, spans = [] }: SpansetJson, base: bigint): SpansetAnswer {
  return {
    matched,
    attributes: attributesText(attributes),
    spans: spans.map(span => {
      const start = BigInt(span.startTimeUnixNano ?? 0) - base
      const told = `${span.spanID} @${start}+${span.durationNanos ?? 0}`
      return `${told} ${JSON.stringify(span.name ?? '')} ${attributesText(span.attributes)}`.trimEnd()
    }),
  }
}

function byText(one: SpansetAnswer, other: SpansetAnswer): number {
  const [a, b] = [one, other].map(each => each.attributes + each.spans.toSorted().join()) as [string, string]
  return a < b ? -1 : a > b ? 1 : 0
}

function attributesText(attributes: KeyValueJson[] = []): string {
  return attributes
    .map(({ key, value }) => `${key}=${valueText(value)}`)
    .sort()
    .join(' ')
}

function valueText(value: KeyValueJson['value'] = {}): string {
  const [[type, content] = ['nothing', undefined]] = Object.entries(value)
  if (type === 'arrayValue') {
    const { values = [] } = content as { values?: KeyValueJson['value'][] }
    return `[${values.map(valueText).join(' ')}]`
  }
  if (type === 'stringValue') return JSON.stringify(content)
  return `${type.replace('Value', '')}(${content})`
}

export function metricsAnswer(body: unknown, base: bigint): Answer {
  interface SeriesJson {
    labels?: KeyValueJson[]
    samples?: { timestampMs?: string; value?: number }[]
  }
  const { series = [] } = body as { series?: SeriesJson[] }
  const baseMs = Number(base / 1_000_000n)
  return {
    kind: 'metrics',
    series: series
      .map(({ labels, samples = [] }) => ({
        labels: attributesText(labels),
        samples: samples.map(({ timestampMs = '0', value = 0 }): [number, number] => [
          Number(timestampMs) - baseMs,
          value,
        ]),
      }))
      .sort((one, other) => (one.labels < other.labels ? -1 : one.labels > other.labels ? 1 : 0)),
  }
}

/** Which spans a search found and what it tells of them, without what is the same in each answer about a trace. */
export function brief(answer: Answer): Answer {
  if (answer.kind !== 'search') return answer
  return {
    kind: 'search',
    traces: answer.traces.map(({ trace, spansets }) => ({
      ...{ trace: trace.slice(0, 8), root: '', start: '', milliseconds: 0, services: '' },
      spansets: spansets.map(({ matched, attributes, spans }) => ({
        matched,
        attributes,
        spans: spans.map(span => span.replace(/^(\w{6})\w* @\S+/, '$1')),
      })),
    })),
  }
}

/** How the second differs from the first; undefined where it does not. */
export function differenceBetween(ours: Answer, theirs: Answer): string | undefined {
  if (ours.kind === 'error' || theirs.kind === 'error') {
    if (ours.kind === theirs.kind) return undefined
    return ours.kind === 'error'
      ? `ours is an error, ${ours.message}`
      : `theirs is an error, ${(theirs as { message: string }).message}`
  }
  if (ours.kind === 'search' && theirs.kind === 'search') return searchDifference(ours.traces, theirs.traces)
  if (ours.kind === 'metrics' && theirs.kind === 'metrics')
    return metricsDifference(ours.series, theirs.series)
  return `ours is a ${ours.kind}, theirs a ${theirs.kind}`
}

function searchDifference(ours: TraceAnswer[], theirs: TraceAnswer[]): string | undefined {
  const [here, there] = [ours, theirs].map(traces => new Map(traces.map(each => [each.trace, each]))) as [
    Map<string, TraceAnswer>,
    Map<string, TraceAnswer>,
  ]
  for (const id of here.keys()) if (!there.has(id)) return `trace ${id} is only ours: ${show(here.get(id))}`
  for (const id of there.keys())
    if (!here.has(id)) return `trace ${id} is only theirs: ${show(there.get(id))}`
  for (const [id, trace] of here) {
    const [a, b] = [show(trace), show(there.get(id))]
    if (a !== b) return `trace ${id}\n  ours   ${a}\n  theirs ${b}`
  }
  // Traces that start at the same time have no order.
  const starts = (traces: TraceAnswer[]) => traces.map(({ start }) => start).join()
  return starts(ours) === starts(theirs)
    ? undefined
    : `the order of traces: ours ${starts(ours)}, theirs ${starts(theirs)}`
}

function metricsDifference(ours: SeriesAnswer[], theirs: SeriesAnswer[]): string | undefined {
  const labels = (series: SeriesAnswer[]) => series.map(each => each.labels).join(' | ')
  if (labels(ours) !== labels(theirs)) return `series: ours ${labels(ours)}, theirs ${labels(theirs)}`
  for (const [i, { labels, samples }] of ours.entries()) {
    const other = theirs[i]!.samples
    const isSame =
      samples.length === other.length &&
      samples.every(([time, value], j) => time === other[j]![0] && isClose(value, other[j]![1]))
    if (!isSame) return `samples of ${labels}\n  ours   ${show(samples)}\n  theirs ${show(other)}`
  }
  return undefined
}

/** Sums are added up in another order. */
function isClose(one: number, other: number): boolean {
  return one === other || Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other))
}

function show(value: unknown): string {
  return JSON.stringify(value)
}
