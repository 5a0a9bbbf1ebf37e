import type { Group, Labels } from '../labels.ts'
import { xxHash64 } from '../xxhash.ts'
import { type Grid, unlessEmpty, type VectorSeries } from './grid.ts'

/** At each step the first k series of each group that have a point. */
export function limitCount(
  sizes: Float64Array,
  groups: readonly Group<VectorSeries>[],
  { count }: Grid,
): VectorSeries[] {
  return groups.flatMap(({ members }) => {
    const left = sizes.map(Math.trunc)
    return members.map(({ labels, compute }) => {
      const column = compute()
      for (let i = 0; i < count; i++)
        if (column?.present[i] === 1 && !(left[i]!-- >= 1)) column.present[i] = 0
      return { labels, compute: () => column && unlessEmpty(column) }
    })
  })
}

/** A share of the series, chosen by their labels: the same ones at every step and on every server. */
export function limitRatio(ratios: Float64Array, series: readonly VectorSeries[]): VectorSeries[] {
  return series.map(({ labels, compute }) => ({
    labels,
    compute() {
      const column = compute()
      if (column === undefined) return undefined
      const place = placeOf(labels)
      for (let i = 0; i < ratios.length; i++) {
        const ratio = Math.max(-1, Math.min(1, ratios[i]!))
        const isChosen = ratio > 0 ? place < ratio : ratio < 0 && place >= 1 + ratio
        if (!isChosen) column.present[i] = 0
      }
      return unlessEmpty(column)
    },
  }))
}

/** From 0 up to 1, spread evenly: the hash of the labels in the form Prometheus keeps them in memory. */
function placeOf(labels: Labels): number {
  const encoder = new TextEncoder()
  const parts = [...labels].flat().map(text => encoder.encode(text))
  const bytes = parts.flatMap(part => [...lengthBytes(part.length), ...part])
  return Number(xxHash64(Uint8Array.from(bytes))) / 2 ** 64
}

function lengthBytes(length: number): number[] {
  return length < 255 ? [length] : [255, length & 255, (length >> 8) & 255, length >> 16]
}
