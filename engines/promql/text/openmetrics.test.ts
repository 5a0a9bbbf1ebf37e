import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { printLabels } from '../../labels.ts'
import { readMetricsFile } from '../files/openmetrics-file.ts'
import { createStore, type Store } from '../store/memory.ts'
import { type ReadOptions, readMetrics } from './openmetrics.ts'

test('OpenMetrics with times, types, escapes and exemplars', () => {
  const store = createStore()
  const summary = readMetrics(
    store,
    String.raw`# HELP requests Requests that came,\nand went.
# TYPE requests counter
# UNIT requests requests
requests_total{path="/a\"\\\n",job="x"} 1 1600000000.123 # {trace_id="abc"} 0.5 1600000000.1
requests_total{path="/a\"\\\n",job="x"} 2.5e3 1600000015.123
up 1 1600000000
up +Inf 1600000015
up -Inf 1.600000030e9
up NaN 1600000045
{"größe in m", "a b"="ü"} 0x1p4 1600000000.5
# EOF
`,
  )
  expect(summary.samples).toBe(7)
  expect(summary.refused).toBe(0)
  expect([...summary.metadata]).toEqual([
    ['requests', { type: 'counter', help: 'Requests that came,\nand went.', unit: 'requests' }],
  ])
  expect(dump(store)).toEqual({
    'größe in m{a b="ü"}': ['1600000000500 16'],
    'requests_total{job="x", path="/a\\"\\\\\\n"}': ['1600000000123 1', '1600000015123 2500'],
    up: ['1600000000000 1', '1600000015000 Infinity', '1600000030000 -Infinity', '1600000045000 NaN'],
  })
})

test("Prometheus' text format has milliseconds, comments and blank lines", () => {
  const store = createStore()
  const text = '# a comment\n\nup{job="x",} 1 1600000000123\n{__name__="up", job="y"} 0 -5\n# TYPE up untyped'
  readMetrics(store, text, { format: 'text' })
  expect(dump(store)).toEqual({ 'up{job="x"}': ['1600000000123 1'], 'up{job="y"}': ['-5 0'] })
})

test('a scraped page without times takes the time it is told', () => {
  const store = createStore()
  readMetrics(store, 'up 1\n# EOF\n', { time: 5000 })
  expect(dump(store)).toEqual({ up: ['5000 1'] })
})

test('NaN can be read as the end of a series, as promtool writes it', () => {
  const store = createStore()
  readMetrics(store, 'up 1 1\nup NaN 2\n# EOF\n', { nanIsStale: true })
  expect(store.select([], 0, 1e9)[0]!.read(0, 1e9).stale).toEqual(Uint8Array.of(0, 1))
})

test('a second value for one time is counted', () => {
  const summary = readMetrics(createStore(), 'up 1 1\nup 1 1\nup 2 1\n# EOF')
  expect(summary).toMatchObject({ samples: 2, refused: 1 })
})

test.each<[string, string, ReadOptions?]>([
  ['up', 'line 1: expected { or a space\n  up\n    ^'],
  ['up 1', 'line 1: expected a time in seconds\n  up 1\n      ^'],
  ['up x 1', 'line 1: expected a value\n  up x 1\n     ^'],
  ['up 1 x', 'line 1: expected a time in seconds\n  up 1 x\n       ^'],
  ['up 1 1e300', 'line 1: expected a time in seconds'],
  ['up 1 1 1', 'line 1: expected the end of the line\n  up 1 1 1\n         ^'],
  ['up 1 1\nup{a} 1 1', 'line 2: expected = after the name of a label\n  up{a} 1 1\n      ^'],
  ['up{a="b} 1 1', 'line 1: expected a closing double quote\n  up{a="b} 1 1\n       ^'],
  ['up{a="\\x"} 1 1', 'line 1: expected \\\\, \\" or \\n\n  up{a="\\x"} 1 1\n        ^'],
  ['up{a="b" c="d"} 1 1', 'line 1: expected , or }'],
  ['up{a="b",a="c"} 1 1', 'line 1: expected label a once\n  up{a="b",a="c"}\n           ^'],
  ['up{__name__="b"} 1 1', 'line 1: expected label __name__ once'],
  ['{a="b"} 1 1', 'line 1: expected the name of a metric'],
  ['9up 1 1', 'line 1: expected the name of a metric\n  9up 1 1\n  ^'],
  ['# TYPE up hexagon', 'line 1: expected a type of counter, gauge,'],
  ['# a comment', 'line 1: expected # HELP, # TYPE, # UNIT or # EOF'],
  ['', 'on after line 0: expected # EOF, the text is cut off'],
  ['up 1 1\n\n# EOF', 'line 2: expected the name of a metric'],
  ['up 1 1\n', 'on after line 1: expected # EOF, the text is cut off'],
  ['# EOF\nup 1 1', 'line 2: expected nothing after # EOF'],
  ['up 1 1.5', 'line 1: expected a time in milliseconds', { format: 'text' }],
])('%j is refused', (text, message, options) => {
  expect(() => readMetrics(createStore(), text, options)).toThrow(`Cannot read ${message}`)
})

test('the place in a long line is shown, not the whole line', () => {
  const text = `up{a="${'x'.repeat(5000)}"} nope 1`
  expect(() => readMetrics(createStore(), text)).toThrow(/^.*\n {2}x{91}"\} nope 1\n {2} {94}\^$/)
})

test('a file is read in blocks, in the format its end tells', () => {
  const folder = mkdtempSync(join(tmpdir(), 'promql-'))
  try {
    const path = join(folder, 'dump')
    const lines = Array.from({ length: 40_000 }, (_, i) => `size{n="ö${i % 3}"} ${i} ${1000 + i}\r\n`)
    writeFileSync(path, `${lines.join('')}# EOF\n`)
    const seconds = createStore()
    expect(readMetricsFile(seconds, path).samples).toBe(40_000)
    expect(seconds.stats()).toMatchObject({ series: 3, samples: 40_000, newest: 40_999_000 })
    writeFileSync(path, lines.join(''))
    const milliseconds = createStore()
    readMetricsFile(milliseconds, path)
    expect(milliseconds.stats().newest).toBe(40_999)
    writeFileSync(path, 'x'.repeat(3_000_000))
    expect(() => readMetricsFile(createStore(), path)).toThrow('expected lines of at most 1048576 characters')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function dump(store: Store): { [series: string]: string[] } {
  const entries = store.select([], -1e15, 1e15).map(series => {
    const { times, values, length } = series.read(-1e15, 1e15)
    return [printLabels(series.labels), Array.from({ length }, (_, i) => `${times[i]} ${values[i]}`)] as const
  })
  return Object.fromEntries(entries)
}
