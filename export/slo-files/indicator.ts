/** What the queries of another tool's file count: counters by their selectors where they say so, else the queries themselves. */

import type { CountedSli, QueriedSli } from '../../alerts/objectives.ts'
import { parse } from '../../engines/promql/engine/parse.ts'
import type { Expr } from '../../engines/promql/language/ast.ts'
import type { Path, Reader } from './reader.ts'
import { countedOf, type Sum, sumOf } from './sums.ts'

export interface Indicator {
  sli: CountedSli | QueriedSli
  groupBy: readonly string[]
}

/** Stands for the window while the query is read. */
const standIn = '4242s'

export function readEvents(
  reader: Reader,
  totalPath: Path,
  partPath: Path,
  kind: 'good' | 'bad',
): Indicator | undefined {
  const total = readQuery(reader, totalPath)
  const part = readQuery(reader, partPath)
  if (total === undefined || part === undefined) return undefined
  return indicatorOf(reader, partPath, { total, part, kind })
}

/** `bad / total`, `1 - good / total`, or any ratio, whose every moment then counts the same. */
export function readRatio(reader: Reader, path: Path): Indicator | undefined {
  const query = readQuery(reader, path)
  if (query === undefined) return undefined
  const whole = bare(query.expr)
  const side = (expr: Expr) => ({ text: query.text.slice(expr.span.start, expr.span.end), expr })
  if (whole.kind === 'binary' && whole.operator === '/')
    return indicatorOf(reader, path, { total: side(whole.right), part: side(whole.left), kind: 'bad' })
  if (whole.kind === 'binary' && whole.operator === '-' && isNumber(whole.left, 1)) {
    const ratio = bare(whole.right)
    if (ratio.kind === 'binary' && ratio.operator === '/')
      return indicatorOf(reader, path, { total: side(ratio.right), part: side(ratio.left), kind: 'good' })
  }
  const total = { text: `0 * (${query.text}) + 1`, expr: query.expr }
  return queried(reader, path, { total, part: query, kind: 'bad' })
}

interface Query {
  text: string
  expr: Expr
}

function readQuery({ at, refuse }: Reader, path: Path): Query | undefined {
  const text = at(...path)
  if (typeof text !== 'string' || text.trim() === '') return refuse(path, 'a PromQL query')
  const plain = onOneLine(text.replaceAll(/\{\{\s*\.window\s*\}\}/g, standIn))
  try {
    const expr = withoutZero(parse(plain))
    const counting = plain.slice(expr.span.start, expr.span.end)
    return { text: counting, expr: parse(counting) }
  } catch (error) {
    return refuse(path, `a query of Prometheus (${(error as Error).message.split('\n')[0]})`)
  }
}

/** Without comments; what stands in quotes is left as it is. */
function onOneLine(query: string): string {
  return query
    .replaceAll(
      /("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)|#.*|\s+/g,
      (_found, quoted: string | undefined) => quoted ?? ' ',
    )
    .trim()
}

/** What two queries count: all events, and those of them that were good or bad. */
interface Counts {
  total: Query
  part: Query
  kind: 'good' | 'bad'
}

function indicatorOf(reader: Reader, path: Path, counts: Counts): Indicator | undefined {
  return counted(counts) ?? queried(reader, path, counts)
}

function counted({ total, part, kind }: Counts): Indicator | undefined {
  const all = sumOf(bare(total.expr))
  if (all === undefined) return undefined
  const whole = bare(part.expr)
  if (kind === 'bad' && whole.kind === 'binary' && whole.operator === '-') {
    const [from, good] = [sumOf(bare(whole.left)), sumOf(bare(whole.right))]
    return from && good && isSame(all, from) ? countedBy(all, good, 'good') : undefined
  }
  const some = sumOf(whole)
  return some && countedBy(all, some, kind)
}

function countedBy(all: Sum, part: Sum, kind: 'good' | 'bad'): Indicator | undefined {
  const sli = countedOf(all, part, kind)
  return sli === undefined || !isSameGrouping(all, part) ? undefined : { sli, groupBy: all.grouping }
}

function queried(reader: Reader, path: Path, { total, part, kind }: Counts): Indicator | undefined {
  const [groupBy, other] = [labelsOf(total.expr), labelsOf(part.expr)]
  if (groupBy === undefined || other === undefined)
    return reader.refuse(
      path,
      'an aggregation such as sum(…) around each selector, so that the labels of its result are known',
    )
  if (groupBy !== 'any' && other !== 'any' && groupBy.join() !== other.join())
    return reader.refuse(
      path,
      `the same labels in both queries, and not (${groupBy.join(', ')}) and (${other.join(', ')})`,
    )
  if (!total.text.includes(standIn) && !part.text.includes(standIn))
    return reader.refuse(path, 'a query over {{.window}}')
  const failures = kind === 'bad' ? part.text : `(${total.text}) - (${part.text})`
  const labels = groupBy === 'any' ? other : groupBy
  return {
    groupBy: labels === 'any' ? [] : labels,
    sli: {
      kind: 'queries',
      events: windowed(total.text),
      failures: windowed(failures),
      noneIsZero: kind === 'bad' && bare(part.expr).kind !== 'binary',
    },
  }
}

function windowed(text: string): string {
  return text.replaceAll(standIn, '$window')
}

/** The labels an expression's result has, `any` for a number, undefined where the data decides. */
function labelsOf(given: Expr): readonly string[] | 'any' | undefined {
  const expr = bare(given)
  if (expr.kind === 'number') return 'any'
  if (expr.kind === 'aggregation') return expr.without ? undefined : expr.grouping.toSorted()
  if (expr.kind === 'unary') return labelsOf(expr.operand)
  if (expr.kind === 'subquery') return labelsOf(expr.inner)
  if (expr.kind === 'binary') {
    const [left, right] = [labelsOf(expr.left), labelsOf(expr.right)]
    if (left === 'any') return right
    return right === 'any' || right?.join() === (left ?? []).join() ? left : undefined
  }
  if (expr.kind !== 'call') return undefined
  if (expr.name === 'vector' || expr.name === 'scalar') return 'any'
  const vectors = expr.args.map(labelsOf).filter(labels => labels !== 'any')
  return vectors.length === 1 ? vectors[0] : undefined
}

/** A tool without a zero of its own writes `or vector(0)`; ours is 0 only where there are events. */
function withoutZero(expr: Expr): Expr {
  const inner = bare(expr)
  if (inner.kind !== 'binary' || inner.operator !== 'or') return expr
  const right = bare(inner.right)
  const isZero = right.kind === 'call' && right.name === 'vector' && isNumber(right.args[0]!, 0)
  return isZero ? inner.left : expr
}

function bare(expr: Expr): Expr {
  return expr.kind === 'paren' ? bare(expr.inner) : expr
}

function isNumber(expr: Expr, value: number): boolean {
  const inner = bare(expr)
  return inner.kind === 'number' && inner.value === value
}

function isSame(a: Sum, b: Sum): boolean {
  return (
    a.name === b.name && JSON.stringify(a.matchers) === JSON.stringify(b.matchers) && isSameGrouping(a, b)
  )
}

function isSameGrouping(a: Sum, b: Sum): boolean {
  return a.grouping.join() === b.grouping.join()
}
