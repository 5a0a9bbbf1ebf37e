import type { Labels } from '../labels.ts'

/** The order Prometheus gives the series of a matrix. */
export function byLabels(a: { labels: Labels }, b: { labels: Labels }): number {
  const right = b.labels.entries()
  for (const [name, value] of a.labels) {
    const other = right.next().value
    if (other === undefined) return 1
    if (name !== other[0]) return name < other[0] ? -1 : 1
    if (value !== other[1]) return value < other[1] ? -1 : 1
  }
  return a.labels.size - b.labels.size
}
