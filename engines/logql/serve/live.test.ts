/** The same OTLP request into a real Loki and into ours, the same questions to both; LOKI names another than PATH's. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDoor, type Serving } from '../../serve/server.ts'
import { type RealLoki, startLoki, versionOf } from '../diff/real-loki.ts'
import { serve } from './server.ts'
import type { Loaded } from './worker.ts'

const program = process.env.LOKI ?? 'loki'
const version = versionOf(program)
const title =
  version === undefined ? `Loki (skipped: no ${program} on the PATH, nor named by LOKI)` : `Loki ${version}`

const start = Math.floor(Date.now() / 60_000) * 60 - 1800
const text = (stringValue: string) => ({ stringValue })
const attribute = (key: string, value: object) => ({ key, value })

const request = {
  resourceLogs: [
    {
      resource: {
        attributes: [
          attribute('service.name', text('shop')),
          attribute('service.instance.id', text('i-1')),
          attribute('deployment.environment.name', text('lab')),
          attribute('host.name', text('box')),
          attribute('process.pid', { intValue: '17' }),
        ],
      },
      scopeLogs: [
        {
          scope: { name: 'lib', version: 'v1', attributes: [attribute('scope.kind', text('k'))] },
          logRecords: [
            record(1, text('plain'), { severityNumber: 9, severityText: 'INFO' }),
            record(2, text('{"level":"warn","msg":"x"}'), {
              attributes: [attribute('http.route', text('/cart'))],
            }),
            record(3, text('level=err msg=y'), {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              flags: 1,
            }),
            record(4, text('a warning: low'), { severityNumber: 17, severityText: 'ERROR' }),
            record(
              5,
              {
                kvlistValue: {
                  values: [
                    attribute('b', { intValue: 2 }),
                    attribute('a', { arrayValue: { values: [text('<'), { boolValue: true }] } }),
                  ],
                },
              },
              {},
            ),
            record(
              6,
              { doubleValue: 1.5 },
              {
                attributes: [
                  attribute('nested', {
                    kvlistValue: {
                      values: [attribute('in.ner', text('v')), attribute('n', { doubleValue: 1e21 })],
                    },
                  }),
                  attribute('9lives', { boolValue: false }),
                  attribute('double__under', text('u')),
                  attribute('empty', text('')),
                  attribute('list', { arrayValue: { values: [{ intValue: '1' }] } }),
                  attribute('host.name', text('mine')),
                ],
              },
            ),
            record(7, text('lvl=DEBUG x'), { observedTimeUnixNano: `${start + 8}000000001` }),
            record(8, text('level: critical, [error]'), {
              droppedAttributesCount: 2,
              attributes: [attribute('level', text('FATAL'))],
            }),
            record(9, text('nothing of the kind'), { severityNumber: 0 }),
            record(10, text('{"a":{"severity":"Trace"},"b":1}'), {}),
            record(11, text('{"a":{"b":{"level":"warn"}}}'), {}),
          ],
        },
      ],
    },
    {
      resource: { attributes: [attribute('k8s.job.name', text('nightly'))] },
      scopeLogs: [{ logRecords: [record(12, text('done'), {})] }],
    },
    { resource: {}, scopeLogs: [{ logRecords: [record(13, text('whose'), {})] }] },
  ],
}

function record(second: number, body: object, rest: object) {
  return { timeUnixNano: `${start + second}000000000`, body, ...rest }
}

const range = `start=${start}&end=${start + 60}`
const paths = [
  '{service_name=~".+"}',
  '{service_name="shop"} | detected_level="warn"',
  '{service_name="shop"} | json',
  '{service_name="shop"} | trace_id!=""',
  '{service_name="shop"} | severity_text="INFO" | line_format "{{.host_name}} {{.scope_name}}"',
]
  .flatMap(query => [
    `query_range?${range}&query=${encodeURIComponent(query)}`,
    `query_range?${range}&direction=forward&limit=2&query=${encodeURIComponent(query)}`,
  ])
  .concat([
    `query_range?${range}&step=10&query=${encodeURIComponent('sum by (detected_level) (count_over_time({service_name=~".+"}[10s]))')}`,
    `query?time=${start + 60}&query=${encodeURIComponent('sum by (service_name) (rate({service_name=~".+"}[1m]))')}`,
    `query?time=${start + 60}&query=1%2B1`,
    `query?time=${start + 60}&query=vector(1)`,
    `query?time=${start + 60}&query=${encodeURIComponent('bytes_over_time({service_name="shop"}[1m])')}`,
    `query?time=${start + 60}&query=${encodeURIComponent('{service_name="shop"}')}`,
    `query?time=x&query=vector(1)`,
    `query_range?${range}&query=${encodeURIComponent('{service_name=')}`,
    `query_range?start=${start + 60}&end=${start}&query=${encodeURIComponent('{service_name="shop"}')}`,
    `query_range?${range}&limit=x&query=${encodeURIComponent('{service_name="shop"}')}`,
    `query_range?${range}&direction=up&query=${encodeURIComponent('{service_name="shop"}')}`,
    `query_range?${range}&step=0.001&query=${encodeURIComponent('rate({service_name="shop"}[1m])')}`,
    `labels?${range}`,
    `label/service_name/values?${range}`,
    `label/none/values?${range}`,
    ...[
      '{service_name="shop"}',
      '{service_name=~".+"} | json',
      '{service_name="none"}',
      'rate({service_name="shop"}[1m])',
    ].map(query => `detected_fields?${range}&query=${encodeURIComponent(query)}`),
    `detected_fields?${range}&limit=0&query=${encodeURIComponent('{service_name="shop"}')}`,
    `detected_field/level/values?${range}&query=${encodeURIComponent('{service_name="shop"}')}`,
    `series?${range}&match[]=${encodeURIComponent('{service_name="shop"}')}`,
  ])

describe.skipIf(version === undefined)(title, () => {
  const folder = mkdtempSync(join(tmpdir(), 'logql-live-'))
  let loki: RealLoki
  let ours: Serving<Loaded>

  beforeAll(async () => {
    const data = join(folder, 'logs.jsonl')
    writeFileSync(data, `${JSON.stringify(request)}\n`)
    loki = await startLoki(program, { discovers: true })
    await loki.pushOtlp('live', JSON.stringify(request))
    ours = await serve({ data, port: 0, door: openDoor })
  }, 120_000)
  afterAll(async () => {
    await Promise.allSettled([loki?.stop(), ours?.close()])
    rmSync(folder, { recursive: true })
  })

  test.each(paths)('%s', async path => {
    const [route = '', search = ''] = path.split('?')
    const parameters = Object.fromEntries(new URLSearchParams(search))
    const real = await loki.get('live', `/loki/api/v1/${route}`, parameters)
    const response = await fetch(`${ours.url}/loki/api/v1/${path}`)
    const own = { status: response.status, body: await response.text() }
    expect({ path, status: own.status, data: dataOf(own) }).toEqual({
      path,
      status: real.status,
      data: dataOf(real),
    })
  })
})

/**
 * Errors are worded by each side; statistics are Loki's alone, and the time of a number, which it gets wrong; the order of
 * series, labels and fields is none.
 */
function dataOf({ status, body }: { status: number; body: string }): unknown {
  if (status !== 200) return undefined
  const { data, fields, values } = JSON.parse(body)
  if (data === undefined) return (fields ?? values ?? []).map(key).sort()
  if (Array.isArray(data)) return data.map(key).sort()
  if (data.resultType === 'scalar') return { ...data, result: data.result[1], stats: undefined }
  const result = data.result.toSorted((a: object, b: object) => (key(a) < key(b) ? -1 : 1))
  return { resultType: data.resultType, result }
}

function key(row: string | { stream?: object; metric?: object }): string {
  if (typeof row === 'string') return row
  return JSON.stringify(Object.entries(row.stream ?? row.metric ?? row).sort())
}
