/** How near to holding each condition of each alert was over a span: what a report draws against the thresholds. */
import { rangeQuery } from '../../engines/promql/engine/query.ts'
import type { RuleGroup } from '../../engines/promql/rules/groups.ts'
import { around, type Span } from '../scenarios/span.ts'
import { severityOf, type Verdict } from '../score/judge.ts'
import type { Drawn } from '../score/result.ts'
import type { Simulation } from '../simulate/run.ts'
import { alternativesOf, type Condition } from './conditions.ts'
import { alertsOf, nameOf, nearnessOf } from './past.ts'

const mostParts = 320

/** The whole span, and the first incidents from close by. */
export function drawnOf(
  groups: readonly RuleGroup[],
  { store }: Simulation,
  { incidents }: Pick<Verdict, 'incidents'>,
  { whole, interval, closely }: { whole: Span; interval: number; closely: number },
): Drawn[] {
  const spans = [whole, ...incidents.slice(0, closely).map(incident => around(incident, whole))]
  const drawn = spans.map((span): Drawn => ({ span, lines: [] }))
  for (const rule of alertsOf(groups)) {
    const group = groups.find(({ rules }) => rules.includes(rule))!
    const step = group.interval ?? interval
    for (const condition of alternativesOf(rule.expr).flat()) {
      const values = nearnessOver(store, condition, { start: whole.start, end: whole.end }, step)
      for (const { span, lines } of drawn)
        lines.push({
          alert: nameOf(rule),
          severity: severityOf({ labels: Object.fromEntries(rule.labels) }),
          condition: condition.text,
          nearness: highest(values, span, step / 1000),
        })
    }
  }
  return drawn
}

/** By seconds; of several series the nearest. */
function nearnessOver(
  store: Simulation['store'],
  condition: Condition,
  { start, end }: Span,
  step: number,
): Map<number, number> {
  const range = { start: Math.ceil((start * 1000) / step) * step, end: end * 1000, step }
  const ask = (expr: Condition['left']) =>
    rangeQuery(store, expr, range, { limits: { samples: 1e12, milliseconds: 600_000 } }).series
  const [limits] = ask(condition.right)
  const limitAt = new Map(
    limits === undefined ? [] : [...limits.times].map((time, at) => [time, limits.values[at]!]),
  )
  const found = new Map<number, number>()
  for (const { times, values } of ask(condition.left))
    for (const [at, time] of times.entries()) {
      const near = nearnessOf(condition, values[at], limitAt.get(time))
      found.set(time / 1000, Math.max(found.get(time / 1000) ?? near, near))
    }
  return found
}

function highest(values: ReadonlyMap<number, number>, { start, end }: Span, step: number): number[] {
  const parts = Math.max(1, Math.min(mostParts, Math.floor((end - start) / step)))
  const found = new Array<number>(parts).fill(Number.NaN)
  for (const [time, value] of values) {
    const part = Math.floor(((time - start) / (end - start)) * parts)
    if (part >= 0 && part < parts && !(found[part]! >= value)) found[part] = value
  }
  return found
}
