/** Tells which cases of a test file ask for what is left out on purpose, and by which reason. */

import { type Labels, metricName } from '../../labels.ts'
import type { LabelMatcher } from '../../matchers.ts'
import { predicateOf } from '../../matchers.ts'
import { parse } from '../engine/parse.ts'
import type { Expr } from '../language/ast.ts'
import { nodesOf } from '../language/ast.ts'
import { allFeatures } from '../language/features.ts'
import { selectorsOf } from './expressions.ts'
import type { Evaluation, Load } from './promqltest-format.ts'

const ofNativeHistograms = 'histogram_avg|histogram_count|histogram_stddev|histogram_stdvar|histogram_sum'

const infoUse = useOf('info')
const startTimestampUse = useOf('start_timestamp')
const nativeUse = useOf(ofNativeHistograms)
const trimming = /<\/|>\//
const bytesBeyondAscii = /\\x[89a-f][\da-f]/i

/** What is loaded, as far as it decides on what is supported. */
interface Loaded {
  nativeHistograms: readonly Labels[]
  hasTypeLabels: boolean
  hasStartTimestamps: boolean
}

/** Undefined when the case is to pass. */
export function unsupportedReason(evaluation: Evaluation, loaded: Loaded): string | undefined {
  const query = evaluation.query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""')
  if (infoUse.test(query)) return 'the experimental function info'
  if (loaded.hasStartTimestamps || startTimestampUse.test(query)) return 'start timestamps'
  if (bytesBeyondAscii.test(evaluation.query)) return 'strings of bytes that are not UTF-8'
  if (
    nativeUse.test(query) ||
    trimming.test(query) ||
    evaluation.results.some(({ values }) => values.includes('native histogram'))
  )
    return 'native histograms'
  const expression = parsed(evaluation.query)
  if (expression === undefined) return undefined
  const reads = (labels: Labels) =>
    selectorsOf(expression).some(({ matchers }) =>
      matchers.every(matcher => predicateOf(matcher)(labels.get(matcher.name) ?? '')),
    )
  if (loaded.nativeHistograms.some(reads)) return 'native histograms'
  if ([...nodesOf(expression)].some(groupsDroppedNames)) return delayedNames
  if (loaded.hasTypeLabels && [...nodesOf(expression)].some(joinsDroppedNames)) return delayedNames
  return undefined
}

/**
 * Prometheus runs its own files with the experiment of dropping names as late as possible; the server, and we, drop
 * them at once, and a selector of many metrics then ends with the same labels twice.
 */
export function failsByDelayedNames(evaluation: Evaluation, message: string): boolean {
  const expression = parsed(evaluation.query)
  // With names dropped late, what is said of a histogram still names it.
  if (/malformed value of|for monotonicity/.test(message)) return message.includes('for metric name')
  return (
    evaluation.notes.every(note => note.kind !== 'fail') &&
    message.endsWith('vector cannot contain metrics with the same labelset') &&
    expression !== undefined &&
    canUseDroppedNames(expression) &&
    selectorsOf(expression).some(({ matchers }) => !matchers.some(fixesTheName))
  )
}

export const delayedNames = 'experimental delayed removal of names'

function canUseDroppedNames(root: Expr): boolean {
  return (
    root.kind === 'aggregation' ||
    (root.kind === 'call' && ['label_replace', 'label_join'].includes(root.name))
  )
}

function fixesTheName({ name, operator }: LabelMatcher): boolean {
  return name === metricName && operator === '='
}

/** `sum by (__name__) (rate(x[5m]))` sees the name that rate is to drop later. */
function groupsDroppedNames(node: Expr): boolean {
  return (
    node.kind === 'aggregation' &&
    !node.without &&
    node.grouping.includes(metricName) &&
    [...nodesOf(node.inner)].some(inner => inner.kind === 'call' || inner.kind === 'binary')
  )
}

/** Set operators see the types and units that arithmetic is to drop later. */
function joinsDroppedNames(node: Expr): boolean {
  return (
    node.kind === 'binary' &&
    ['and', 'or', 'unless'].includes(node.operator) &&
    [...nodesOf(node.left)].some(inner => inner.kind === 'binary')
  )
}

function useOf(names: string): RegExp {
  return new RegExp(`\\b(?:${names})\\s*(?:\\(|by\\b|without\\b)`, 'i')
}

/** Adds what a load brings. */
export function loadedWith(loaded: Loaded, load: Load): Loaded {
  return {
    nativeHistograms: [...loaded.nativeHistograms, ...nativeHistogramsOf(load)],
    hasStartTimestamps: loaded.hasStartTimestamps || load.hasStartTimestamps,
    hasTypeLabels: loaded.hasTypeLabels || load.series.some(({ labels }) => labels.has('__type__')),
  }
}

export const nothingLoaded: Loaded = { nativeHistograms: [], hasTypeLabels: false, hasStartTimestamps: false }

/** The series of native histograms that a real server would hold after a load, and our store does not. */
function nativeHistogramsOf({ series, withCustomBuckets }: Load): Labels[] {
  return series.flatMap(({ labels, values }) => {
    const ofBuckets = /^(.+)_(?:bucket|count|sum)$/.exec(labels.get(metricName) ?? '')?.[1]
    const converted =
      withCustomBuckets && ofBuckets !== undefined
        ? [new Map([...labels].filter(([label]) => label !== 'le')).set(metricName, ofBuckets)]
        : []
    return values.includes('native histogram') ? [labels, ...converted] : converted
  })
}

function parsed(query: string): Expr | undefined {
  try {
    return parse(query, allFeatures)
  } catch {
    return undefined
  }
}
