/** Cumulative buckets of a histogram taken apart, so that each holds only what the smaller ones do not. */

interface HeatSeries {
  /** The upper edge, as the label `le` writes it. */
  le: string
  times: readonly number[]
  values: readonly number[]
}

export interface HeatRow {
  le: number
  /** By time in milliseconds. */
  cells: Map<number, number>
}

/** From the smallest edge to the largest. */
export function buckets(series: readonly HeatSeries[]): HeatRow[] {
  const rows = series
    .map(({ le, times, values }) => ({
      le: le === '+Inf' ? Infinity : Number(le),
      cells: new Map(times.map((time, at) => [time, values[at] ?? Number.NaN])),
    }))
    .filter(({ le }) => !Number.isNaN(le))
    .toSorted((a, b) => a.le - b.le)
  return rows.map(({ le, cells }, at) => {
    const below = rows[at - 1]?.cells
    const own = [...cells].map(
      ([time, value]) => [time, Math.max(0, value - (below?.get(time) ?? 0))] as const,
    )
    return { le, cells: new Map(own) }
  })
}

/**
 * Where a share of all that came lies below, at each time: in rows from the bottom, `1.5` being the middle of the second.
 */
export function quantileCourse(rows: readonly HeatRow[], share: number): [time: number, row: number][] {
  const times = new Set(rows.flatMap(({ cells }) => [...cells.keys()]))
  return [...times]
    .toSorted((a, b) => a - b)
    .flatMap((time): [number, number][] => {
      const counts = rows.map(({ cells }) => cells.get(time) || 0)
      const wanted = counts.reduce((sum, count) => sum + count, 0) * share
      if (!(wanted > 0)) return []
      let below = 0
      const at = counts.findIndex(count => {
        if (below + count >= wanted) return true
        below += count
        return false
      })
      return [[time, at + (wanted - below) / counts[at]!]]
    })
}
