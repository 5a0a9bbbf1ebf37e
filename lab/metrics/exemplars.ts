/** The latest exemplars of each series, up to a number of all together: the oldest leave first. */
import { keyOf, type Labels } from '../../engines/labels.ts'
import { type LabelMatcher, predicateOf } from '../../engines/matchers.ts'
import type { Exemplar } from '../../engines/promql/text/openmetrics.ts'

export interface Exemplars {
  /** One that is the last of its series already changes nothing, and gives false. */
  add(exemplar: Exemplar & { time: number }): boolean
  /** In the form of Prometheus' API. */
  select(sets: readonly (readonly LabelMatcher[])[], from: number, to: number): object[]
  size(): number
}

type Kept = Required<Exemplar>

export function createExemplars(most: number): Exemplars {
  const bySeries = new Map<string, { labels: Labels; exemplars: Kept[] }>()
  /** In the order they came; a series is left when its last one leaves. */
  const queue: string[] = []
  return {
    add(exemplar) {
      const key = keyOf(exemplar.series)
      const known = bySeries.get(key) ?? { labels: exemplar.series, exemplars: [] }
      const last = known.exemplars.at(-1)
      if (last !== undefined && (isSame(last, exemplar) || exemplar.time < (last.time ?? 0))) return false
      bySeries.set(key, known)
      known.exemplars.push(exemplar)
      queue.push(key)
      if (queue.length <= most) return true
      const oldest = bySeries.get(queue.shift()!)!
      oldest.exemplars.shift()
      if (oldest.exemplars.length === 0) bySeries.delete(keyOf(oldest.labels))
      return true
    },
    select(sets, from, to) {
      const tests = sets.map(matchers =>
        matchers.map(matcher => [matcher.name, predicateOf(matcher)] as const),
      )
      return [...bySeries.values()]
        .filter(({ labels }) => tests.some(all => all.every(([name, test]) => test(labels.get(name) ?? ''))))
        .flatMap(({ labels, exemplars }) => {
          const found = exemplars.filter(({ time }) => time! >= from && time! <= to)
          return found.length === 0
            ? []
            : [{ seriesLabels: Object.fromEntries(labels), exemplars: found.map(json) }]
        })
    },
    size: () => queue.length,
  }
}

function isSame(one: Kept, other: Exemplar): boolean {
  return one.time === other.time && one.value === other.value && keyOf(one.labels) === keyOf(other.labels)
}

function json({ labels, value, time }: Kept): object {
  return { labels: Object.fromEntries(labels), value: String(value), timestamp: time! / 1000 }
}
