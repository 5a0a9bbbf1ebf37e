/** The same samples in a real Prometheus and in a file that is served: the same questions, the same answers. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labelsOf, printLabels } from '../../labels.ts'
import { openDoor } from '../../serve/server.ts'
import { type RealPrometheus, startPrometheus, versionOf } from '../diff/real-prometheus.ts'
import { valueJson } from './json.ts'
import { type Serving, serve } from './server.ts'

const version = versionOf('prometheus')
const title =
  version === undefined
    ? 'the served API and a real one (skipped: no prometheus on the PATH: install the package prometheus)'
    : 'the served API and a real one'

const folder = mkdtempSync(join(tmpdir(), 'promql-'))
const start = 1_700_000_000_000
const end = start / 1000 + 3600

const series = [
  ...['a', 'b', 'c'].map((instance, index) =>
    seriesOf({ __name__: 'requests_total', instance, job: 'shop' }, step => (step * 7 + index) % 400),
  ),
  seriesOf({ __name__: 'level', job: 'shop' }, step => Math.sin(step) / 3),
  ...[1e-7, 1e21, 123456789012345680000, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(
    (value, n) => seriesOf({ __name__: 'odd', n: `${n}` }, () => value),
  ),
  ...['0.1', '1', '+Inf'].map((le, index) =>
    seriesOf({ __name__: 'wait_bucket', le }, step => step * (index + 1)),
  ),
  seriesOf({ __name__: 'text', told: 'a"\\\nü😀' }, () => 1),
]

describe.skipIf(version === undefined)(title, () => {
  let real: RealPrometheus
  let ours: Serving

  beforeAll(async () => {
    const lines = series.flatMap(({ labels, samples }) =>
      samples.map(
        ({ time, value }) => `${printLabels(labels)} ${valueJson(value)} ${(time / 1000).toFixed(3)}\n`,
      ),
    )
    writeFileSync(join(folder, 'data.om'), `${lines.join('')}# EOF\n`)
    real = await startPrometheus('prometheus')
    await real.write(series)
    ours = await serve({
      data: join(folder, 'data.om'),
      port: 0,
      door: openDoor,
      semantics: real.major === 2 ? 'prometheus-2' : 'prometheus-3',
    })
  })
  afterAll(async () => {
    await Promise.allSettled([real?.stop(), ours?.close()])
    rmSync(folder, { recursive: true })
  })

  const queries = [
    'requests_total',
    'odd',
    'text',
    'sum by (job) (rate(requests_total[5m]))',
    'histogram_quantile(0.9, rate(wait_bucket[5m]))',
    'level[1m]',
    'time()',
    '1e21',
    '1e-7',
    '-1 / 0',
    '"text"',
    'nothing',
    'requests_total + on(job) group_left level',
    'requests_total + on(job) level',
    'quantile(2, level)',
    'sum(',
    'rate(level)',
    'level @ 1e30',
  ]
  const ranges = [
    'step=15',
    'step=1m30s',
    'step=0.5&end=1700000060.25',
    'step=0',
    'step=x',
    'step=0.1',
    'end=1',
  ]
  const paths = [
    ...queries.flatMap(query => [
      `query?time=${end - 0.75}&query=${encodeURIComponent(query)}`,
      `query_range?start=${start / 1000}&end=${end}&step=60&query=${encodeURIComponent(query)}`,
    ]),
    ...ranges.map(range => `query_range?start=${start / 1000}&${range}&end=${end}&query=level`),
    'query?query=level&time=2023-11-14T23:00:00.5%2B00:30',
    'query?query=level&time=2023-02-30T00:00:00Z',
    'query?query=level&timeout=x',
    'labels',
    'labels?match[]=level',
    'labels?match[]=level[5m]',
    'label/job/values',
    'label/le/values?match[]=wait_bucket',
    'label/none/values',
    'series?match[]=odd&match[]=level',
    'series',
    'series?match[]={}',
  ]

  test.each(paths)('%s', async path => {
    const [wanted, got] = await Promise.all([ask(real.url, path), ask(ours.url, path)])
    expect(got).toEqual(wanted)
  })
})

function seriesOf(labels: { [name: string]: string }, valueAt: (step: number) => number) {
  const samples = Array.from({ length: 240 }, (_, step) => ({
    time: start + step * 15_000,
    value: valueAt(step),
  }))
  return { labels: labelsOf(Object.entries(labels)), samples }
}

interface Body {
  data?: { resultType?: string; result?: unknown[] } | unknown[]
  errorType?: string
}

/** Texts of errors and notes are each side's own, and so is the order of instant vectors and series. */
async function ask(url: string, path: string) {
  const response = await fetch(`${url}/api/v1/${path}`)
  const { data, errorType } = (await response.json()) as Body
  const list = Array.isArray(data) ? data : data?.result
  if (list !== undefined && typeof list[0] === 'object') list.sort((a, b) => (text(a) < text(b) ? -1 : 1))
  return { status: response.status, data, errorType }
}

/** Labels in any order are the same series. */
function text(row: unknown): string {
  const { metric = row } = row as { metric?: unknown }
  return JSON.stringify(Object.entries(metric as object).sort())
}
