/** Requests that nobody sends on purpose, to every family of endpoints; a seed gives the same ones again. */
import { gzipSync } from 'node:zlib'
import { newRandom } from '../../engines/random.ts'
import type { RunningLab } from '../support/running-lab.ts'

interface OddRequest {
  server: 'page' | 'otlp'
  path: string
  method: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer> | undefined
}

const families = [
  '/api/v1/query',
  '/api/v1/query_range',
  '/api/v1/query_exemplars',
  '/api/v1/series',
  '/api/v1/rules',
  '/api/v1/write',
  '/loki/api/v1/query_range',
  '/loki/api/v1/detected_fields',
  '/loki/api/v1/index/volume',
  '/loki/api/v1/tail',
  '/api/search',
  '/api/traces/',
  '/api/v2/silences',
  '/api/v2/alerts',
  '/lab/api/runs',
  '/lab/api/faults/error-ratio',
  '/v1/traces',
  '/v1/logs',
  '/v1/metrics',
] as const

const names = [
  'query',
  'match[]',
  'start',
  'end',
  'step',
  'time',
  'limit',
  'q',
  'filter',
  'direction',
  'delay_for',
]
const pieces = [
  ...[
    'up',
    '{a="b"}',
    'rate(x[5m])',
    'sum by (',
    ')',
    '{',
    '}',
    '"',
    '|',
    '| json',
    '=~".*(a+)+$"',
    '-1',
    'NaN',
  ],
  ...[
    '1e400',
    '0',
    '9'.repeat(30),
    '[5m:1ms]',
    'and',
    '\0',
    '\u{1f600}',
    '%',
    '../..',
    '{ status = error }',
    'x'.repeat(3000),
  ],
]
const types = [
  'application/json',
  'application/x-protobuf',
  'application/x-www-form-urlencoded',
  'text/plain',
  '',
]
const scraps = [
  ...[
    '{}',
    '[]',
    'null',
    '{"resourceLogs":[{"scopeLogs":[{}]}]}',
    '{"resourceSpans":[[]]}',
    '{"matchers":[{}]}',
  ],
  ...[
    '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","gauge":{"dataPoints":[{}]}}]}]}]}',
    '{"name":1}',
  ],
]

/** What came of them that should not: a crash, an answer without a reason, a fault that is taken for ours. */
export async function askOddly(lab: RunningLab, count: number, firstSeed: number): Promise<string[]> {
  const wrong: string[] = []
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const { server, path, method, headers, body } = oddRequest(seed)
    const url = `${server === 'otlp' ? lab.otlp : lab.url}${path}`
    const told = `seed ${seed}: ${method} ${path.slice(0, 150)}`
    try {
      const answer = await fetch(url, { method, headers, ...(body && { body }), redirect: 'manual' })
      const text = await answer.text()
      if (answer.status >= 500) wrong.push(`${told}: ${answer.status} ${text.slice(0, 200)}`)
      else if (answer.status >= 400 && method !== 'HEAD' && text.length < 5) wrong.push(`${told}: no reason`)
    } catch (error) {
      wrong.push(`${told}: ${(error as Error).cause ?? error}`)
    }
  }
  return wrong
}

function oddRequest(seed: number): OddRequest {
  const { next, below, pick: oneOf } = newRandom(seed)
  const text = () => Array.from({ length: 1 + below(4) }, () => oneOf(pieces)).join(oneOf(['', ' ']))
  const bytes = () => Uint8Array.from({ length: below(300) }, () => below(256))
  const family = oneOf(families)
  const parameters = new URLSearchParams(
    Array.from({ length: below(5) }, (): [string, string] => [oneOf(names), text()]),
  )
  const method = oneOf(['GET', 'POST', 'POST', 'DELETE', 'PUT', 'HEAD'])
  const hasBody = method === 'POST' || method === 'PUT'
  const plain = oneOf([
    bytes(),
    new Uint8Array(Buffer.from(oneOf(scraps))),
    new Uint8Array(Buffer.from(text())),
  ])
  const encoding = oneOf(['', '', 'gzip', 'snappy', 'br'])
  const type = oneOf(types)
  return {
    server: family.startsWith('/v1/') ? 'otlp' : 'page',
    path: `${family}${oneOf(['', '', encodeURIComponent(text().slice(0, 100))])}?${parameters}`,
    method,
    headers: {
      ...(type !== '' && { 'content-type': type }),
      ...(hasBody && encoding !== '' && { 'content-encoding': encoding }),
    },
    body: hasBody
      ? encoding === 'gzip' && next() < 0.5
        ? new Uint8Array(gzipSync(plain))
        : plain
      : undefined,
  }
}
