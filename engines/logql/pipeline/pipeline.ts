/** What a query does to each line: to pass it on, or to take a number from it. */

import type { Labels } from '../../labels.ts'
import type { Grouping, LogExpr, RangeAggregation, Semantics, Stage } from '../language/ast.ts'
import { newHints } from './hints.ts'
import { hintOf, labelFilter, labelsRead, readers } from './label-filter.ts'
import { compileStages } from './stages.ts'
import type { Metadata } from './state.ts'
import { type LabelSet, type LineState, newState, type Run } from './state.ts'

export interface Line {
  line: string
  labels: LabelSet
  /** Where the labels come from; it is the next line's as soon as that is read. */
  state: LineState
}

interface Sample {
  value: number
  labels: LabelSet
}

type Process<Result> = (
  stream: Labels,
  line: string,
  metadata: Metadata | undefined,
  time: number,
  nanos: number,
) => Result | undefined

export function linePipeline(query: string, { stages }: LogExpr, semantics: Semantics): Process<Line> {
  const { runs, filters } = compileStages(query, stages, semantics)
  const hints = newHints({ labels: [], groups: [], without: false, noGroups: false, filters })
  const state = newState(hints, { groups: [], without: false, noLabels: false })
  return (stream, line, metadata, time, nanos) => {
    state.begin(stream, metadata, time, nanos)
    const out = runAll(runs, line, state)
    return out === undefined ? undefined : { line: out, labels: state.result(), state }
  }
}

/** `outer` is the grouping of a sum around it, which then needs no other labels. */
export function samplePipeline(
  query: string,
  expr: RangeAggregation,
  outer: Grouping | undefined,
  semantics: Semantics,
): Process<Sample> {
  const grouping = expr.grouping ?? outer
  const { runs, reads, filters } = compileStages(query, neededStages(expr), semantics)
  const noLabels =
    expr.operator === 'absent_over_time' ||
    (grouping !== undefined && !grouping.without && grouping.labels.length === 0)
  let groups = [...(grouping?.labels ?? [])].sort()
  let without = grouping?.without ?? false
  const { unwrap } = expr
  if (unwrap === undefined) {
    const hints = newHints({ labels: reads, groups, without, noGroups: noLabels, filters })
    const state = newState(hints, { groups, without, noLabels })
    const ofBytes = expr.operator === 'bytes_over_time' || expr.operator === 'bytes_rate'
    return (stream, line, metadata, time, nanos) => {
      state.begin(stream, metadata, time, nanos)
      const out = runAll(runs, line, state)
      if (out === undefined) return undefined
      return { value: ofBytes ? byteLength(out) : 1, labels: state.grouped() }
    }
  }
  if (groups.length === 0 || without) {
    without = true
    groups = [...groups, unwrap.label].sort()
  }
  const posts = unwrap.filters.map(filter => labelFilter(filter, semantics))
  const [only] = unwrap.filters
  const hint = unwrap.filters.length === 1 ? hintOf(only!, semantics) : undefined
  const hints = newHints({
    labels: [...reads, ...unwrap.filters.flatMap(labelsRead), unwrap.label],
    groups,
    without,
    noGroups: noLabels,
    filters: hint === undefined ? filters : [...filters, hint],
  })
  const state = newState(hints, { groups, without, noLabels })
  const read = readers[conversionOf(unwrap.conversion)]
  const scale = unwrap.conversion === undefined || unwrap.conversion === 'bytes' ? 1 : 1e9
  return (stream, line, metadata, time, nanos) => {
    state.begin(stream, metadata, time, nanos)
    const out = runAll(runs, line, state)
    const text = out === undefined ? '' : (state.get(unwrap.label) ?? '')
    if (text === '') return undefined
    const value = read(text)
    if (typeof value === 'string') {
      state.error = 'SampleExtractionErr'
      state.details = value
    }
    for (const passes of posts) if (passes !== undefined && !passes(state)) return undefined
    return { value: typeof value === 'string' ? 0 : value / scale, labels: state.grouped() }
  }
}

/**
 * Without line_format where nothing looks at the line any more: it is then no reason to read labels either, nor can it
 * fail.
 */
function neededStages({ operator, logs: { stages } }: RangeAggregation): Stage[] {
  if (operator === 'bytes_over_time' || operator === 'bytes_rate') return [...stages]
  const last = stages.findLastIndex(({ kind }) => readsLine.has(kind))
  return stages.filter(({ kind }, index) => kind !== 'line_format' || index < last)
}

const readsLine: ReadonlySet<Stage['kind']> = new Set([
  'line filter',
  'json',
  'logfmt',
  'regexp',
  'pattern',
  'unpack',
])

const conversionOf = (conversion: string | undefined) =>
  conversion === undefined ? 'number' : conversion === 'bytes' ? 'bytes' : 'duration'

function runAll(runs: readonly Run[], line: string, state: LineState): string | undefined {
  let out: string | undefined = line
  for (const run of runs) {
    out = run(out, state)
    if (out === undefined) return undefined
  }
  return out
}

const encoder = new TextEncoder()
let buffer = new Uint8Array(4096)

/** As Go counts: in UTF-8. */
function byteLength(text: string): number {
  if (text.length * 3 > buffer.length) buffer = new Uint8Array(text.length * 3)
  return encoder.encodeInto(text, buffer).written
}
