/** Differences that are no fault of either side, each recognised by a rule that fits nothing else. */

import { functions } from '../engine/functions/table.ts'
import { parse } from '../engine/parse.ts'
import { childrenOf, type Expr, nodesOf, withChildren } from '../language/ast.ts'
import { allFeatures } from '../language/features.ts'
import type { Answer } from '../replay/answers.ts'
import { type Difference, differenceBetween, faultOf } from './compare.ts'
import type { Case } from './shrink.ts'

export interface Circumstances {
  ours: Answer
  theirs: Answer
  /** Evaluates another query over the same data at the same times. */
  ask: (query: Expr) => Answer
  /** Asks the server the same again. */
  askTheirs: () => Promise<Answer>
}

/** The reason, or undefined when the difference has to be looked at. */
export async function explanationOf(
  found: Case,
  difference: Difference,
  circumstances: Circumstances,
): Promise<string | undefined> {
  return (
    pinnedSubquery(found) ??
    bucketsTwice(found) ??
    tinyLogarithm(found, difference) ??
    twoFaults(found, circumstances) ??
    lastBit(found, difference, circumstances) ??
    (await chance(found, difference, circumstances))
  )
}

/** Prometheus 3.14 loses the samples of a subquery with `@` below predict_linear, which earlier versions do not. */
function pinnedSubquery({ query }: Case): string | undefined {
  const isPinned = (node: Expr) => node.kind === 'subquery' && node.shift.at !== undefined
  const expression = parsed(query)
  const loses =
    expression !== undefined &&
    [...nodesOf(expression)].some(
      node =>
        node.kind === 'call' && node.name === 'predict_linear' && [...nodesOf(node.args[0]!)].some(isPinned),
    )
  return loses
    ? 'predict_linear over a subquery with @, which Prometheus 3.14 answers with nothing'
    : undefined
}

/** Go's logarithms are wrong below the smallest normal number, on the processors for which they are written in assembly. */
function tinyLogarithm({ query, data }: Case, { kind }: Difference): string | undefined {
  const isTiny = (value: unknown) => typeof value === 'number' && value !== 0 && Math.abs(value) < 2 ** -1022
  return kind === 'values' &&
    /\b(?:ln|log2|log10)\b/.test(query) &&
    data.series.some(({ samples }) => samples.some(({ value }) => isTiny(value)))
    ? 'the logarithm of a number below the smallest normal one'
    : undefined
}

/** Prometheus merges the buckets `le="1"` and `le="1.0"` anew for each quantile, and so counts them more than once. */
function bucketsTwice({ query, data }: Case): string | undefined {
  const isSpeltTwice = data.series.some(({ labels }) => ['1.0', 'Inf'].includes(labels.get('le') ?? ''))
  return isSpeltTwice && query.includes('histogram_quantiles')
    ? 'histogram_quantiles over a bucket in two spellings, which Prometheus counts again for each quantile'
    : undefined
}

/** Both refuse the query, but each names another of its faults: a part of it alone has theirs. */
function twoFaults({ query }: Case, { ours, theirs, ask }: Circumstances): string | undefined {
  if (ours.type !== 'error' || theirs.type !== 'error') return undefined
  const expression = parsed(query)
  const parts = expression === undefined ? [] : [...nodesOf(expression)].slice(1)
  const theirFault = faultOf(theirs.message)
  const isTheirs = (answer: Answer) => answer.type === 'error' && faultOf(answer.message) === theirFault
  return parts.some(part => isTheirs(ask(part)))
    ? 'two faults in a query, of which each side names another'
    : undefined
}

const mostRepetitions = 20

/**
 * Prometheus keeps results between two steps of its evaluation in an order that is new each time. Topk and bottomk take
 * the first of equal ones, limitk the first of all, and an average has other last bits in another order: asked again and
 * again, the server contradicts itself.
 */
async function chance(
  { query }: Case,
  { kind }: Difference,
  { theirs, askTheirs }: Circumstances,
): Promise<string | undefined> {
  if (!/topk|bottomk|limitk|avg/.test(query) || kind === 'error' || kind === 'notes') return undefined
  for (let count = 0; count < mostRepetitions; count++) {
    const again = differenceBetween(theirs, await askTheirs(), { withNotes: false })
    if (again !== undefined && concerns(again) === concerns({ kind }))
      return /topk|bottomk/.test(query)
        ? 'ties in topk or bottomk, which the server itself breaks otherwise when asked again'
        : 'an order of series that the server itself takes otherwise when asked again'
  }
  return undefined
}

/** A tie taken otherwise moves points from one series to another, or changes the values made of them. */
function concerns({ kind }: Pick<Difference, 'kind'>): string {
  return kind === 'series' || kind === 'points' ? 'places' : kind
}

/**
 * JavaScript and Go compute powers, logarithms and angles with other last bits, and we sums over windows that overlap.
 * Where a last bit decides, as the one of a huge angle or a value that becomes a label, nudging ours by one changes our
 * own answer in the same way.
 */
function lastBit(
  { query }: Case,
  difference: Difference,
  { ours, theirs, ask }: Circumstances,
): string | undefined {
  const expression = parsed(query)
  if (expression === undefined || ![...nodesOf(expression)].some(isInexact)) return undefined
  const decides = nudges.some(factor => {
    const nudgedAnswer = ask(nudged(expression, factor))
    const between = differenceBetween(ours, nudgedAnswer)
    return between?.kind === difference.kind || differenceBetween(nudgedAnswer, theirs) === undefined
  })
  return decides ? 'decided by the last bit of a power, logarithm, angle or sum over time' : undefined
}

/** All alike, and some more than others, for what is made of differences. */
const nudges = ['1 - 2 ^ -53', '1 + 2 ^ -52', '1 + 4e-16 * (time() % 7 / 7)'].map(text => parse(text))

function isInexact(node: Expr): boolean {
  return (
    (node.kind === 'call' && functions.get(node.name)!.lastDigitVaries) ||
    (node.kind === 'binary' && (node.operator === '^' || node.operator === 'atan2'))
  )
}

function nudged(node: Expr, factor: Expr): Expr {
  const inner = withChildren(
    node,
    childrenOf(node).map(child => nudged(child, factor)),
  )
  if (!isInexact(node)) return inner
  const { span } = node
  return {
    kind: 'binary',
    operator: '*',
    left: inner,
    right: { kind: 'paren', inner: factor, span },
    returnBool: false,
    matching: undefined,
    span,
  }
}

function parsed(query: string): Expr | undefined {
  try {
    return parse(query, allFeatures)
  } catch {
    return undefined
  }
}
