/** Which of the contract's events the queries of another format count. */

import type { Selection, Sli } from '../../alerts/objectives.ts'
import type { Matcher } from '../../contract/expr.ts'
import { type Selector, selectors } from '../../contract/parse.ts'
import { allMetrics } from '../../contract/shop-signals.ts'
import type { Path, Reader } from './reader.ts'

export function readSli(
  reader: Reader,
  totalPath: Path,
  partPath: Path,
  part: 'good' | 'bad',
): Sli | undefined {
  const totals = readSum(reader, totalPath)
  const parts = readSum(reader, partPath)
  if (totals === undefined || parts === undefined) return undefined
  const total = selectionOf(reader, totalPath, totals[0]!)
  if (total === undefined) return undefined
  const [first, second] = parts as [Selector, Selector?]
  if (part === 'good' && second === undefined && !first.metric.text.endsWith('_bucket'))
    return readGood(reader, partPath, total, first)
  const bucket = part === 'good' && second === undefined ? first : second
  if (bucket !== undefined) {
    const threshold = thresholdOf(total, bucket)
    if (threshold === undefined)
      return reader.refuse(
        partPath,
        `a bucket of ${total.metric.name} with le of ${total.metric.buckets?.join(', ')}`,
      )
    return { kind: 'latency', total, threshold }
  }
  const failed = selectionOf(reader, partPath, first)
  return failed && { kind: 'availability', total, failed }
}

/** The bound of a selector that is one bucket of the total and no more or less than that. */
function thresholdOf({ metric, where }: Selection, selector: Selector): number | undefined {
  const bound = selector.matchers.find(({ label }) => label.text === 'le')
  const others = conditionsOf(selector.matchers.filter(matcher => matcher !== bound))
  const threshold = Number(bound?.value.text.replace(/\(\\+\.0\)\?$/, ''))
  const isOfTotal =
    selector.metric.text === `${metric.name}_bucket` &&
    beyond(where, others).length === 0 &&
    beyond(others, where).length === 0
  return isOfTotal && metric.buckets?.includes(threshold) ? threshold : undefined
}

const opposite = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const

/** Where good events are those of the total that match one thing more, the others have failed. */
function readGood(reader: Reader, path: Path, total: Selection, selector: Selector): Sli | undefined {
  const good = selectionOf(reader, path, selector)
  if (good === undefined) return undefined
  const [extra, ...others] = beyond(total.where, good.where)
  const isPart = good.metric === total.metric && beyond(good.where, total.where).length === 0
  if (!isPart || extra === undefined || others.length > 0)
    return reader.refuse(path, 'the selector of the total with one matcher more, or a bucket of it')
  const [label, condition] = extra
  const { operator, value } =
    typeof condition === 'string' ? { operator: '=' as const, value: condition } : condition
  const failed = {
    metric: total.metric,
    where: { ...total.where, [label]: { operator: opposite[operator], value } },
  }
  return { kind: 'availability', total, failed }
}

type Conditions = Selection['where']

/** The conditions that are not among the known ones. */
function beyond(known: Conditions, conditions: Conditions): [string, string | Matcher][] {
  const there = new Set(Object.entries(known).map(entry => JSON.stringify(entry)))
  return Object.entries(conditions).filter(entry => !there.has(JSON.stringify(entry)))
}

function conditionsOf(matchers: Selector['matchers']): Conditions {
  return Object.fromEntries(
    matchers.map(({ label, operator, value }): [string, string | Matcher] => [
      label.text,
      operator === '=' ? value.text : { operator: operator as Matcher['operator'], value: value.text },
    ]),
  )
}

/** `sum(x)` or `sum(rate(x[w]))`, and for slow requests the difference of two such sums. */
function readSum({ at, refuse }: Reader, path: Path): Selector[] | undefined {
  const query = at(...path)
  if (typeof query !== 'string') return refuse(path, 'a PromQL query')
  const plain = query
    .replaceAll(/\[\{\{\s*\.window\s*\}\}\]/g, '[5m]')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const one = String.raw`sum ?\( ?(?:rate ?\( ?)?[a-zA-Z_:]\w*(?: ?\{[^{}]*\})?(?: ?\[\w+\] ?\))? ?\)`
  if (!new RegExp(String.raw`^\(? ?${one}(?: ?- ?${one})? ?\)?$`).test(plain))
    return refuse(path, 'sum(rate(metric{…}[window])), or such a sum minus another')
  return selectors(plain)
}

function selectionOf(
  { refuse }: Reader,
  path: Path,
  { metric: { text: name }, matchers }: Selector,
): Selection | undefined {
  const metric = allMetrics.find(
    each => name === (each.kind === 'histogram' ? `${each.name}_count` : each.name),
  )
  if (metric === undefined) return refuse(path, `a metric of contract/shop-signals.ts instead of ${name}`)
  const where = conditionsOf(matchers)
  const unknown = Object.keys(where).find(
    label => ![...Object.keys(metric.labels), 'job', 'instance'].includes(label),
  )
  if (unknown !== undefined) return refuse(path, `labels of ${metric.name} instead of ${unknown}`)
  return { metric, where }
}
