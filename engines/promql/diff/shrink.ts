/** Makes a difference as small as it gets: a part of the query, fewer steps, fewer series and samples. */

import { parse } from '../engine/parse.ts'
import { childrenOf, type Expr, nodesOf, withChildren } from '../language/ast.ts'
import { typeOf } from '../language/check.ts'
import { allFeatures } from '../language/features.ts'
import { print } from '../language/print.ts'
import type { When } from '../replay/promqltest-format.ts'
import { movedData, type RandomData } from './data.ts'
import type { WrittenSeries } from './remote-write.ts'

export interface Case {
  query: string
  when: When
  data: RandomData
}

/** Whether a case still shows a difference. */
type Differs = (candidate: Case) => Promise<boolean>

/** Gives up improving after this many trials of data, each of which starts a server. */
const mostTrials = 60

/** Its times are moved to begin at 0 first, unless the difference goes away with that. */
export async function shrink(found: Case, differs: Differs): Promise<Case> {
  const early = found.data.start === 0 ? found : moved(found, -found.data.start)
  const isLate = early !== found && !(await differs(early))
  let smallest = await shrinkQuery(isLate ? found : early, differs)
  smallest = await shrinkTimes(smallest, differs)
  smallest = await shrinkData(smallest, differs)
  return shrinkQuery(smallest, differs)
}

/** The same case with all of its times `by` milliseconds later. */
export function moved({ query, when, data }: Case, by: number): Case {
  return {
    query: query.replace(/ @ (-?[\d.]+)/g, (_, seconds) => ` @ ${(Number(seconds) * 1000 + by) / 1000}`),
    when: { ...when, start: when.start + by, end: when.end + by },
    data: movedData(data, by),
  }
}

async function shrinkQuery(found: Case, differs: Differs): Promise<Case> {
  let smallest = found
  for (let progress = true; progress; ) {
    progress = false
    for (const query of smallerQueries(smallest.query)) {
      const candidate = { ...smallest, query }
      if (query.length >= smallest.query.length || !(await differs(candidate))) continue
      smallest = candidate
      progress = true
      break
    }
  }
  return smallest
}

function smallerQueries(query: string): string[] {
  const root = parsed(query)
  if (root === undefined) return []
  const parts = [...nodesOf(root)].slice(1).map(node => print(node))
  return [...parts, ...replacements(root).map(tree => print(tree))].sort((a, b) => a.length - b.length)
}

/** The tree with one node simplified, or replaced by a part of it with the same type. */
function replacements(node: Expr): Expr[] {
  const children = childrenOf(node)
  const deeper = children.flatMap((child, index) =>
    [...partsOfType(child), ...replacements(child)].map(replaced =>
      withChildren(node, children.with(index, replaced)),
    ),
  )
  return [...simplified(node), ...deeper]
}

function partsOfType(node: Expr): Expr[] {
  return [...nodesOf(node)].slice(1).filter(part => typeOf(part) === typeOf(node))
}

function simplified(node: Expr): Expr[] {
  switch (node.kind) {
    case 'selector':
      return [
        ...(node.shift.offset !== 0 || node.shift.at !== undefined
          ? [{ ...node, shift: { offset: 0, at: undefined } }]
          : []),
        ...node.matchers.map((_, index) => ({ ...node, matchers: node.matchers.toSpliced(index, 1) })),
      ]
    case 'aggregation':
      return node.grouping.map((_, index) => ({ ...node, grouping: node.grouping.toSpliced(index, 1) }))
    case 'binary':
      return node.matching === undefined
        ? []
        : node.matching.include.map((_, index) => ({
            ...node,
            matching: { ...node.matching!, include: node.matching!.include.toSpliced(index, 1) },
          }))
    default:
      return []
  }
}

async function shrinkTimes(found: Case, differs: Differs): Promise<Case> {
  const { start, end, step, kind } = found.when
  if (kind === 'instant') return found
  for (let time = start; time <= end; time += step) {
    const instant: Case = { ...found, when: { kind: 'instant', start: time, end: time, step: 0 } }
    if (await differs(instant)) return instant
  }
  let smallest = found
  for (let progress = true; progress; ) {
    progress = false
    const { when } = smallest
    const cuts = [
      { ...when, end: when.start + Math.floor((when.end - when.start) / when.step / 2) * when.step },
      { ...when, end: when.end - when.step },
      { ...when, start: when.start + when.step },
    ]
    for (const cut of cuts) {
      const candidate = { ...smallest, when: cut }
      if (cut.end < cut.start || cut.end - cut.start >= when.end - when.start || !(await differs(candidate)))
        continue
      smallest = candidate
      progress = true
      break
    }
  }
  return smallest
}

async function shrinkData(found: Case, differs: Differs): Promise<Case> {
  let trials = mostTrials
  const attempt = async (series: readonly WrittenSeries[], base: Case) => {
    const candidate = { ...base, data: { ...base.data, series } }
    return trials-- > 0 && (await differs(candidate)) ? candidate : undefined
  }
  let smallest = await halve(found, found.data.series, series => series, attempt)
  for (let index = 0; index < smallest.data.series.length; index++) {
    const { series } = smallest.data
    smallest = await halve(
      smallest,
      series[index]!.samples,
      samples => series.with(index, { ...series[index]!, samples }),
      attempt,
    )
  }
  return smallest
}

/** Leaves out ever smaller stretches of a list while the difference stays. */
async function halve<T>(
  found: Case,
  items: readonly T[],
  seriesWith: (items: readonly T[]) => readonly WrittenSeries[],
  attempt: (series: readonly WrittenSeries[], base: Case) => Promise<Case | undefined>,
): Promise<Case> {
  let smallest = found
  let kept = items
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const fewer = kept.toSpliced(start, size)
      const candidate = await attempt(seriesWith(fewer), smallest)
      if (candidate === undefined) start += size
      else {
        smallest = candidate
        kept = fewer
      }
    }
  }
  return smallest
}

function parsed(query: string): Expr | undefined {
  try {
    return parse(query, allFeatures)
  } catch {
    return undefined
  }
}
