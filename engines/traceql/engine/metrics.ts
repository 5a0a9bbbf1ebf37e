/** Answers a metrics query: series over time, computed from the spans that a query selects. */

import { type Budget, type Limits, newBudget } from '../../budget.ts'
import { newPlaces } from '../../places.ts'
import { QueryError } from '../../query-error.ts'
import type { Attribute, MetricsAggregate, MetricsExpression } from '../language/ast.ts'
import { intrinsic } from '../language/intrinsics.ts'
import { parse } from '../language/parse.ts'
import { refusal } from '../language/refusal.ts'
import { attributeText, valueText } from '../language/tempo-text.ts'
import { validate } from '../language/validate.ts'
import { float, nil, string, type Value } from '../language/value.ts'
import type { Condition, Trace, TraceStorage } from '../storage.ts'
import {
  type Aggregator,
  compileBucket,
  compileNumber,
  createAggregator,
  createHistograms,
} from './aggregators.ts'
import type { Candidate } from './candidate.ts'
import { addMetrics, conditionsOf, keyOf, type Request } from './conditions.ts'
import { createExemplars, type Exemplars } from './exemplars.ts'
import { reader } from './expression.ts'
import { compileFetch } from './fetch.ts'
import { type Grid, gridOf, type MetricsRange } from './grid.ts'
import { lower } from './lower.ts'
import { needsOf } from './needs.ts'
import { compilePipeline } from './pipeline.ts'
import { quantileOf } from './quantile.ts'
import { compileLater } from './search.ts'
import { applyStage, combined, type Series, type SeriesLabel, scaled, seriesKey } from './series.ts'

export interface MetricsOptions {
  /** How many exemplars for each series at most (default 0). */
  exemplars?: number
  limits?: Partial<Limits>
  isCancelled?: () => boolean
}

export interface MetricsResult {
  series: Series[]
  grid: Grid
  inspected: number
}

export function queryRange(
  storage: TraceStorage,
  text: string,
  range: MetricsRange,
  options: MetricsOptions = {},
): MetricsResult {
  const query = parse(text)
  validate(text, query)
  if (query.kind !== 'metrics')
    throw refusal(
      text,
      query.pipeline.place,
      'invalid',
      'expected a metrics query such as { } | rate(), got a search',
    )
  if (range.step <= 0n)
    throw new QueryError('execution', `Cannot query a range: expected a step above 0, got ${range.step}ns`)
  if (range.end <= range.start)
    throw new QueryError('execution', 'Cannot query a range: expected an end after the start')
  const grid = gridOf(range)
  const budget = newBudget(options.limits ?? {}, options.isCancelled)
  budget.checkSteps(grid.count)
  const result: MetricsResult = { series: [], grid, inspected: 0 }

  function evaluate(expression: MetricsExpression): Series[] {
    switch (expression.kind) {
      case 'metrics query': {
        const { aggregate } = expression
        if (aggregate.kind === 'compare')
          throw refusal(text, aggregate.place, 'unsupported', 'compare() is not supported')
        return ofSpans(expression.pipeline, aggregate)
      }
      case 'metrics stages':
        return expression.stages.reduce(
          (series, stage) => applyStage(stage, series),
          evaluate(expression.operand),
        )
      case 'metrics scaling':
        return scaled(evaluate(expression.operand), expression.op, expression.number, expression.isNumberLeft)
      case 'metrics math':
        return combined(expression.op, evaluate(expression.left), evaluate(expression.right))
    }
  }

  function ofSpans(pipeline: Parameters<typeof lower>[0], aggregate: MetricsAggregate): Series[] {
    const lowered = lower(pipeline)
    const request = conditionsOf(lowered)
    addMetrics(request, aggregate)
    const startTime = intrinsic('spanStartTime')
    const asksStart = [...request.conditions, ...request.later].some(
      ({ attribute }) => keyOf(attribute) === ':spanStartTime',
    )
    if (!asksStart) request.later.push({ attribute: startTime, op: 'none' })
    const isDecidedByStorage = moveToFirst(request)
    const stage = isDecidedByStorage ? undefined : compilePipeline(lowered)
    const fetch = compileFetch(request)
    const later = compileLater(request)
    const collector = createCollector(aggregate, grid, budget, options.exemplars ?? 0)
    // Tempo looks one step further back than it answers; what is there alone becomes a series of zeros.
    const earliest = grid.start - grid.step
    for (const trace of storage.traces({ start: earliest, end: grid.end, needs: needsOf(lowered) })) {
      budget.spend(trace.spans.length)
      result.inspected += trace.spans.length
      const candidates = fetch.candidates(trace)
      if (candidates.length === 0) continue
      const spansets =
        stage === undefined ? [{ spans: candidates }] : stage([{ spans: candidates, attributes: [] }])
      for (const { spans } of spansets)
        for (const candidate of spans) {
          const { start } = candidate.span
          if (start <= earliest || start > grid.end) continue
          const step = grid.stepOf(start)
          later?.(candidate)
          collector.add(candidate, step, trace)
        }
    }
    return collector.series()
  }

  result.series = evaluate(query.expression)
  return result
}

/**
 * Where everything asked for is an intrinsic, Tempo leaves the decision to the storage: the query is then its conditions
 * and nothing more, so that `{ !(name = "a") } | rate()` counts the spans of that name.
 */
function moveToFirst(request: Request): boolean {
  const { conditions, later } = request
  if (!request.mustMeetAll) return false
  if (conditions.some(({ attribute }) => attribute.scope === 'none' && !attribute.isIntrinsic)) return false
  if (new Set(conditions.map(({ attribute }) => keyOf(attribute))).size < conditions.length) return false
  if (!later.every(isAlwaysThere)) return false
  conditions.push(...later.splice(0))
  return conditions.length === 1 || conditions.every(isAlwaysThere)
}

function isAlwaysThere({ attribute }: Condition): boolean {
  return attribute.isIntrinsic || (attribute.scope === 'resource' && attribute.name === 'service.name')
}

interface Group {
  labels: SeriesLabel[]
  aggregator: Aggregator
  histograms: ReturnType<typeof createHistograms> | undefined
  exemplars: Exemplars
}

const mostPlaces = 10_000

function createCollector(aggregate: MetricsAggregate, grid: Grid, budget: Budget, mostExemplars: number) {
  const { op, by, quantiles } = aggregate
  const secondsOfStep = Number(grid.step) / 1e9
  const groups = new Map<string, Group>()
  const reads = by.map(groupReader)
  const isBucketed = op === 'quantile_over_time' || op === 'histogram_over_time'
  const bucketOf = isBucketed ? compileBucket(aggregate) : undefined
  const numberOf = compileNumber(aggregate)
  const isNumeric = aggregate.attribute !== undefined && !isBucketed

  /** Spans of one resource, and spans that say the same, share their values: their group is found by these. */
  const places = newPlaces<Value, Group>(mostPlaces)

  function groupOf(values: Value[]): Group {
    let place = places.root
    for (const value of values) place = places.below(place, value)
    place.found ??= groupByText(values)
    return place.found
  }

  function groupByText(values: Value[]): Group {
    // What looks the same as a label is one series, such as nothing and the text "nil".
    const labels = labelsOf(aggregate, values)
    const key = seriesKey(labels)
    const found = groups.get(key)
    if (found !== undefined) return found
    budget.addSeries(1)
    budget.spend(grid.count)
    const group: Group = {
      labels,
      aggregator: createAggregator(op, op === 'quantile_over_time' ? 0 : grid.count, secondsOfStep),
      histograms: op === 'quantile_over_time' ? createHistograms(grid.count) : undefined,
      exemplars: createExemplars(mostExemplars, grid),
    }
    groups.set(key, group)
    return group
  }

  return {
    /** A step of -1 is before the first. */
    add(candidate: Candidate, step: number, trace: Trace): void {
      const values = reads.map(read => read(candidate))
      const number = numberOf(candidate)
      if (bucketOf !== undefined) {
        const bucket = bucketOf(candidate)
        if (bucket === undefined) return
        const group = groupOf(op === 'histogram_over_time' ? [...values, float(bucket)] : values)
        if (step < 0) return
        if (group.histograms === undefined) group.aggregator.add(step, 1)
        else group.histograms.add(step, bucket)
        group.exemplars.add(candidate, trace, op === 'quantile_over_time' ? number : Number.NaN)
        return
      }
      // Only an average does without a group of which no span has a number.
      if (Number.isNaN(number) && op === 'avg_over_time') return
      const group = groupOf(values)
      if (step < 0 || Number.isNaN(number)) return
      group.aggregator.add(step, number)
      group.exemplars.add(candidate, trace, isNumeric ? number : Number.NaN)
    },
    series(): Series[] {
      // Where nothing groups, there is a series even of nothing.
      if (by.length === 0 && !isBucketed && op !== 'avg_over_time') groupOf([])
      return [...groups.values()].flatMap(({ labels, aggregator, histograms, exemplars }) => {
        if (histograms === undefined)
          return [{ labels, values: aggregator.values(), exemplars: exemplars.all() }].filter(hasValue)
        return quantiles.map(quantile => ({
          labels: [...labels, { name: 'p', value: float(quantile) }],
          values: Float64Array.from(histograms.at, buckets => quantileOf(quantile, buckets)),
          exemplars: exemplars.all(),
        }))
      })
    },
  }
}

function hasValue({ values }: Series): boolean {
  return values.some(value => !Number.isNaN(value))
}

/** An attribute without a scope is looked for in the span, and then in its resource. */
function groupReader(attribute: Attribute): (candidate: Candidate) => Value {
  if (attribute.isIntrinsic || attribute.scope !== 'none') {
    const read = reader(attribute)
    return candidate => read(candidate) ?? nil
  }
  const [ofSpan, ofResource] = [
    reader({ ...attribute, scope: 'span' }),
    reader({ ...attribute, scope: 'resource' }),
  ]
  return candidate => ofSpan(candidate) ?? ofResource(candidate) ?? nil
}

/** Labels without a value are left out; where all are, the first says "nil". */
function labelsOf({ op, by }: MetricsAggregate, values: readonly Value[]): SeriesLabel[] {
  const bucket = op === 'histogram_over_time' ? [{ name: '__bucket', value: values.at(-1)! }] : []
  if (by.length === 0)
    return bucket.length > 0 || op === 'quantile_over_time'
      ? bucket
      : [{ name: '__name__', value: string(op) }]
  const labels = by.flatMap((attribute, i) => {
    const value = shownLabel(values[i]!)
    return value.type === 'nil' ? [] : [{ name: attributeText(attribute), value }]
  })
  // Quantiles and histograms have their own label besides.
  if (labels.length + bucket.length > 0 || op === 'quantile_over_time') return [...labels, ...bucket]
  return [{ name: attributeText(by[0]!), value: string('nil') }]
}

/** As labels, durations, statuses and kinds are text, and lists are none. */
function shownLabel(value: Value): Value {
  switch (value.type) {
    case 'duration':
    case 'status':
    case 'kind':
      return string(valueText(value))
    case 'int[]':
    case 'float[]':
    case 'string[]':
    case 'boolean[]':
      return string('nil')
    default:
      return value
  }
}
