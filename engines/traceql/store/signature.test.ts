import { expect, test } from 'vitest'
import { newRandom } from '../../random.ts'
import { filledStore } from '../diff/ask.ts'
import { randomTraces } from '../diff/data.ts'
import { randomQuestion } from '../diff/query.ts'
import { queryRange } from '../engine/metrics.ts'
import { search } from '../engine/search.ts'
import type { TraceStorage } from '../storage.ts'

const base = 1_700_000_000_000_000_000n

test('no trace is passed over that a query finds something in', () => {
  let [asked, found, passedOver] = [0, 0, 0]
  for (let seed = 1; seed <= 12; seed++) {
    const random = newRandom(seed)
    const traces = randomTraces(random)
    const store = filledStore(traces, base)
    const whole: TraceStorage = {
      ...store,
      traces: request => store.traces({ ...request, needs: [] }),
    }
    for (let i = 0; i < 100; i++) {
      const { query } = randomQuestion(random, traces)
      const [passing, full] = [answer(store, query), answer(whole, query)]
      // An error about a list of values is about a span that the query looks for.
      if (!/array operators/.test(full.text)) expect(passing.text, query).toBe(full.text)
      asked++
      if (full.isFound) found++
      if (passing.inspected < full.inspected) passedOver++
    }
  }
  // Otherwise the comparison says nothing.
  expect(found).toBeGreaterThan(asked / 5)
  expect(passedOver).toBeGreaterThan(asked / 20)
})

test('a search for a rare value reads few traces, whatever side of a structure it stands at', () => {
  const span = (trace: number, id: number, name: string, code: number) => ({
    traceId: trace.toString(16).padStart(32, 'a'),
    spanId: (trace * 2 + id + 1).toString(16).padStart(16, '0'),
    ...(id > 0 && { parentSpanId: (trace * 2 + id).toString(16).padStart(16, '0') }),
    name,
    startTimeUnixNano: `${trace * 1000}`,
    endTimeUnixNano: `${trace * 1000 + 10}`,
    attributes: [{ key: 'code', value: { intValue: `${code}` } }],
    events: [],
    links: [],
  })
  const spans = Array.from({ length: 1000 }, (_, trace) => [
    span(trace, 0, 'root', trace),
    span(trace, 1, `step ${trace % 100}`, 0),
  ]).flat()
  const store = filledStore(
    { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] } as never,
    base,
  )
  const inspected = (query: string) => search(store, query, { limit: 0 })
  for (const [query, traces] of [
    ['{ .code = 777 }', 1],
    ['{ .code = 777 || .code = 778 }', 2],
    ['{ .code = 777 } >> { name = "step 77" }', 1],
    ['{ name = "root" } > { name = "step 77" }', 10],
    ['{ .code = 12 } || { .code = 13 && name = "root" }', 2],
    ['{ duration > 10ms }', 0],
  ] as const) {
    const { traces: found, inspected: read } = inspected(query)
    expect(found.length, query).toBe(traces)
    expect(read / 2, query).toBeLessThan(traces + 60)
  }
})

function answer(storage: TraceStorage, query: string) {
  try {
    if (/_over_time\(|rate\(/.test(query)) {
      const range = { start: base - 600_000_000_000n, end: base + 600_000_000_000n, step: 60_000_000_000n }
      const { series, inspected } = queryRange(storage, query, range)
      return { text: text(series), isFound: series.length > 0, inspected }
    }
    const { traces, inspected } = search(storage, query, { limit: 0 })
    const shown = traces.map(({ trace, spansets }) => [
      trace.id,
      spansets.map(({ spans }) => spans.map(({ span }) => span.id)),
    ])
    return { text: text(shown), isFound: traces.length > 0, inspected }
  } catch (error) {
    return { text: `error: ${(error as Error).message}`, isFound: false, inspected: 0 }
  }
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each))
}
