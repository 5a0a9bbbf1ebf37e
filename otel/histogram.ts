/**
 * A histogram for prom-client's registry. prom-client's own keys its buckets by number in an object, so each
 * observation turns bounds into text; counting in an array costs a tenth of that.
 */

interface Exemplar {
  labelSet: Record<string, string>
  value: number
  timestamp: number
}

interface Series {
  labels: Record<string, string>
  /** One per bound and one for what lies beyond; not cumulative. */
  counts: number[]
  exemplars: (Exemplar | undefined)[]
  sum: number
}

/** One line of the exposition, as prom-client's registry takes it. */
interface Line {
  metricName: string
  labels: Record<string, string | number>
  sharedLabels: Record<string, string>
  value: number
  exemplar?: Exemplar | undefined
}

type Observe = (value: number, exemplar?: Record<string, string>) => void

interface Histogram {
  name: string
  help: string
  type: 'histogram'
  observe: (labels: Record<string, string>, value: number, exemplar?: Record<string, string>) => void
  /** Looks the series up once for who observes it often. */
  series: (labels: Record<string, string>) => Observe
  /** Makes the series exist with 0. */
  zero: (labels: Record<string, string>) => void
  get: () => Promise<{ name: string; help: string; type: 'histogram'; values: Line[]; aggregator: 'sum' }>
}

export function createHistogram(config: {
  name: string
  help: string
  labelNames: readonly string[]
  buckets: readonly number[]
}): Histogram {
  const { name, help, labelNames, buckets } = config
  const series = new Map<string, Series>()

  function seriesOf(labels: Record<string, string>): Series {
    let key = ''
    for (const label of labelNames) key += `${labels[label]}\u0000`
    let found = series.get(key)
    if (found === undefined) {
      found = {
        labels: Object.fromEntries(labelNames.map(label => [label, labels[label] ?? ''])),
        counts: Array.from({ length: buckets.length + 1 }, () => 0),
        exemplars: [],
        sum: 0,
      }
      series.set(key, found)
    }
    return found
  }

  function observeIn(found: Series, value: number, exemplar?: Record<string, string>): void {
    if (!Number.isFinite(value)) return
    let bucket = 0
    while (bucket < buckets.length && value > buckets[bucket]!) bucket++
    found.counts[bucket]!++
    found.sum += value
    if (exemplar !== undefined)
      found.exemplars[bucket] = { labelSet: exemplar, value, timestamp: Date.now() / 1000 }
  }

  function linesOf({ labels, counts, exemplars, sum }: Series): Line[] {
    let cumulative = 0
    const lines: Line[] = counts.map((count, index) => {
      cumulative += count
      return {
        metricName: `${name}_bucket`,
        labels: { le: buckets[index] ?? '+Inf' },
        sharedLabels: labels,
        value: cumulative,
        exemplar: exemplars[index],
      }
    })
    return [
      ...lines,
      { metricName: `${name}_sum`, labels: {}, sharedLabels: labels, value: sum },
      { metricName: `${name}_count`, labels: {}, sharedLabels: labels, value: cumulative },
    ]
  }

  return {
    name,
    help,
    type: 'histogram',
    observe: (labels, value, exemplar) => observeIn(seriesOf(labels), value, exemplar),
    series: labels => {
      const found = seriesOf(labels)
      return (value, exemplar) => observeIn(found, value, exemplar)
    },
    zero: labels => void seriesOf(labels),
    get: async () => ({
      name,
      help,
      type: 'histogram',
      values: [...series.values()].flatMap(linesOf),
      aggregator: 'sum',
    }),
  }
}
