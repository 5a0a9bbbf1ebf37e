import type { Trace } from '../storage.ts'
import type { Candidate } from './candidate.ts'
import type { Grid } from './grid.ts'
import { seenOf } from './search.ts'
import type { Exemplar } from './series.ts'

/** Examples of the spans behind a series, spread over its time. */
export interface Exemplars {
  /** One for each trace, the first that comes. */
  add(candidate: Candidate, trace: Trace, value: number): void
  all(): Exemplar[]
}

const mostPerStretch = 2

export function createExemplars(most: number, { start, end }: Grid): Exemplars {
  const [from, to] = [Number(start / 1_000_000n), Number(end / 1_000_000n)]
  const stretches = Math.max(1, Math.floor(most / mostPerStretch))
  const width = Math.max(1, Math.floor((to - from) / stretches))
  const counts = new Map<number, number>()
  const exemplars: Exemplar[] = []
  const traces = new Set<string>()
  return {
    add(candidate, trace, value) {
      if (exemplars.length >= most || traces.has(trace.id)) return
      const time = Number(candidate.span.start / 1_000_000n)
      const stretch = Math.min(stretches - 1, Math.floor((time - from) / width))
      const count = counts.get(stretch) ?? 0
      if (count >= mostPerStretch) return
      counts.set(stretch, count + 1)
      traces.add(trace.id)
      const labels = [...seenOf(candidate).values()].map(({ name, value }) => ({ name, value }))
      const id = { name: 'trace:id', value: { type: 'string' as const, value: trace.id.replace(/^0+/, '') } }
      exemplars.push({ labels: [...labels.filter(({ name }) => name !== 'trace:id'), id], value, time })
    },
    all: () => exemplars,
  }
}
