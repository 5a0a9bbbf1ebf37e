import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDoor } from '../../serve/server.ts'
import { type Serving, serve } from './server.ts'

const folder = mkdtempSync(join(tmpdir(), 'promql-'))
let serving: Serving

beforeAll(async () => {
  const lines = ['# HELP requests Requests', '# TYPE requests counter']
  for (const instance of ['a', 'b'])
    for (let i = 0; i <= 240; i++)
      lines.push(`requests_total{instance="${instance}"} ${i * 15} ${1000 + i * 15}`)
  const values = { tiny: '1e-7', big: '1e21', nan: 'NaN', low: '-Inf', high: '+Inf', zero: '-0', '😀': '0.1' }
  for (const [of, value] of Object.entries(values)) lines.push(`odd{of="${of}"} ${value} 4600.5`)
  lines.push('level 1 4590', 'level 2 4600.5', `long{text="${'a'.repeat(300_000)}"} 1 4600.5`, '# EOF', '')
  const data = join(folder, 'data.om')
  writeFileSync(data, lines.join('\n'))
  serving = await serve({ data, port: 0, door: openDoor, timeout: 1000 })
})
afterAll(async () => {
  await serving.close()
  rmSync(folder, { recursive: true })
})

test('it says what it has read', () => {
  expect(serving.loaded).toMatchObject({ series: 11, samples: 492, refused: 0, newest: 4_600_500 })
  expect(serving.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
})

test('an instant vector, with values as Go writes them', async () => {
  expect((await get('/api/v1/query?query=odd&time=4601')).text).toBe(
    `{"status":"success","data":{"resultType":"vector","result":[${[
      ['big', '1e+21'],
      ['high', '+Inf'],
      ['low', '-Inf'],
      ['nan', 'NaN'],
      ['tiny', '1e-07'],
      ['zero', '-0'],
      ['😀', '0.1'],
    ]
      .map(([of, value]) => `{"metric":{"__name__":"odd","of":"${of}"},"value":[4601,"${value}"]}`)
      .join(',')}]}}`,
  )
})

test('without a time, the newest sample counts', async () => {
  expect((await get('/api/v1/query?query=time()')).json.data).toEqual({
    resultType: 'scalar',
    result: [4600.5, '4600.5'],
  })
})

test('a range, as GET, as a POST with a form, and with times in words', async () => {
  const wanted = {
    status: 'success',
    data: {
      resultType: 'matrix',
      result: [
        {
          metric: {},
          values: [
            [1600, '1200'],
            [1615.5, '1230'],
            [1631, '1260'],
          ],
        },
      ],
    },
  }
  const query = 'sum(requests_total)'
  const inWords = { start: '1970-01-01T00:26:40Z', end: '1970-01-01T01:27:11.000+01:00', step: '15s500ms' }
  for (const range of [{ start: '1600', end: '1631', step: '15.5' }, inWords]) {
    const form = new URLSearchParams({ query, ...range })
    expect((await get(`/api/v1/query_range?${form}`)).json).toEqual(wanted)
    const posted = await fetch(`${serving.url}/api/v1/query_range`, { method: 'POST', body: form })
    expect(await posted.json()).toEqual(wanted)
  }
})

test('a matrix, a string and a scalar', async () => {
  expect((await get('/api/v1/query?query=requests_total{instance="a"}[30s]&time=1030')).json.data).toEqual({
    resultType: 'matrix',
    result: [
      {
        metric: { __name__: 'requests_total', instance: 'a' },
        values: [
          [1015, '15'],
          [1030, '30'],
        ],
      },
    ],
  })
  expect((await get('/api/v1/query?query="x"&time=1.5')).text).toContain(
    '"resultType":"string","result":[1.500,"x"]',
  )
  expect((await get('/api/v1/query?query=1e-9&time=-0.25')).text).toContain('"result":[-0.250,"0.000000001"]')
})

test('labels, values, series, metadata and what Grafana asks besides', async () => {
  expect((await get('/api/v1/labels')).json.data).toEqual(['__name__', 'instance', 'of', 'text'])
  expect((await get('/api/v1/labels?match[]=odd&match[]=long')).json.data).toEqual(['__name__', 'of', 'text'])
  expect((await get('/api/v1/label/instance/values')).json.data).toEqual(['a', 'b'])
  expect((await get('/api/v1/label/__name__/values?end=4580')).json.data).toEqual(['requests_total'])
  expect((await get('/api/v1/label/__name__/values?limit=1')).json).toEqual({
    status: 'success',
    data: ['level'],
    warnings: ['results truncated due to limit'],
  })
  expect((await get('/api/v1/series?match[]=requests_total&match[]={instance="a"}')).json.data).toEqual([
    { __name__: 'requests_total', instance: 'a' },
    { __name__: 'requests_total', instance: 'b' },
  ])
  expect((await get('/api/v1/metadata')).json.data).toEqual({
    requests: [{ type: 'counter', help: 'Requests', unit: '' }],
  })
  for (const path of ['rules', 'alerts', 'status/buildinfo', 'query_exemplars'])
    expect((await get(`/api/v1/${path}`)).json.status).toBe('success')
})

test('warnings and infos come along', async () => {
  expect((await get('/api/v1/query?query=quantile(2,odd)')).json.warnings).toHaveLength(1)
  expect((await get('/api/v1/query?query=rate(level[5m])')).json.infos).toHaveLength(1)
})

test.each([
  ['query?query=sum(', 400, 'bad_data', 'invalid parameter "query": '],
  ['query', 400, 'bad_data', 'invalid parameter "query": '],
  [
    'query?query=up&time=x',
    400,
    'bad_data',
    'invalid parameter "time": cannot parse "x" to a valid timestamp',
  ],
  ['query?query=up&time=2026-02-30T00:00:00Z', 400, 'bad_data', 'invalid parameter "time": cannot parse'],
  ['query?query=up&limit=-1', 400, 'bad_data', 'invalid parameter "limit": limit must be non-negative'],
  ['query?query=up&timeout=soon', 400, 'bad_data', 'invalid parameter "timeout": cannot parse "soon"'],
  ['query?query=up%2bon()group_left()up&timeout=1y', 200],
  ['query?query=odd%2bon()odd', 422, 'execution', 'found duplicate series for the match group {}'],
  [
    'query_range?query=up',
    400,
    'bad_data',
    'invalid parameter "start": cannot parse "" to a valid timestamp',
  ],
  [
    'query_range?query=up&start=2&end=1&step=1',
    400,
    'bad_data',
    'invalid parameter "end": end timestamp must',
  ],
  [
    'query_range?query=up&start=1&end=2&step=0',
    400,
    'bad_data',
    'invalid parameter "step": zero or negative',
  ],
  [
    'query_range?query=up&start=1&end=2&step=NaN',
    400,
    'bad_data',
    'invalid parameter "step": cannot parse "NaN"',
  ],
  ['query_range?query=up&start=1&end=2&step=1e300', 400, 'bad_data', 'It overflows int64'],
  [
    'query_range?query=up&start=0&end=11001&step=1',
    400,
    'bad_data',
    'exceeded maximum resolution of 11,000 points',
  ],
  ['query_range?query=up&start=0&end=11000&step=1', 200],
  [
    'query_range?query=up[5m]&start=0&end=1&step=1',
    400,
    'bad_data',
    'invalid expression type "range vector"',
  ],
  ['labels?match[]=up[5m]', 400, 'bad_data', 'invalid parameter "match[]": expected a selector'],
  ['series', 400, 'bad_data', 'no match[] parameter provided'],
  ['label/%E0/values', 400, 'bad_data', 'invalid label name'],
  ['nothing', 404, 'not_found', 'no such path: /api/v1/nothing'],
])('%s is answered with %i', async (path, status, errorType?: string, error?: string) => {
  const answer = await get(`/api/v1/${path}`)
  expect([answer.status, answer.json.errorType]).toEqual([status, errorType])
  if (error !== undefined) expect(answer.json.error).toContain(error)
})

test('a query that would take too long ends in time, and the next is answered', async () => {
  const heavy = 'max_over_time(count_over_time(requests_total[1h:1ms])[1h:1ms])'
  const started = Date.now()
  const { status, json } = await get(`/api/v1/query?query=${heavy}`)
  expect([status, json.errorType]).toSatisfy(
    ([code, type]) => (code === 503 && type === 'timeout') || (code === 422 && type === 'execution'),
  )
  expect(Date.now() - started).toBeLessThan(10_000)
  await answersAgain()
})

/** Linear, as everything that matches, but a group captured in a thousand states over a label's 300,000 characters. */
const laborious = '/api/v1/query?query=label_replace(long,"x","$1","text","((?:.*a?){999})b")'

test('who waits behind it is told in time', async () => {
  const [stuck, waiting] = await Promise.all([get(laborious), get('/api/v1/query?query=1')])
  expect(stuck.json.errorType).toBe('timeout')
  expect([waiting.status, waiting.json.error]).toEqual([503, 'query timed out in query queue'])
  await answersAgain()
})

test('what does not look at the clock costs only its own answer', async () => {
  const { status, json } = await get(laborious)
  expect([status, json.errorType]).toEqual([503, 'timeout'])
  await answersAgain()
  expect((await get('/api/v1/query?query=count(long)')).json.data.result).toHaveLength(1)
})

test('a regular expression that could explode does not', async () => {
  const { json } = await get('/api/v1/query?query=long{text=~"(a|a)*(a|a)*(a|a)*(a|a)*b"}')
  expect(json).toMatchObject({ status: 'success', data: { result: [] } })
})

test('what is too large, of a wrong method or no HTTP is refused', async () => {
  const url = `${serving.url}/api/v1/query`
  const large = await fetch(url, { method: 'POST', body: `query=${'1'.repeat(300_000)}` })
  expect(large.status).toBe(413)
  expect((await fetch(url, { method: 'DELETE' })).status).toBe(405)
  expect((await fetch(`${serving.url}/api/v1/metadata`, { method: 'POST' })).status).toBe(405)
  expect((await get(`/api/v1/query?query=${'1%2b'.repeat(30_000)}1`)).status).toBe(431)
  const socket = connect(Number(new URL(serving.url).port), '127.0.0.1')
  socket.write('nonsense\r\n\r\n')
  const reply = await new Promise(resolve => socket.once('data', data => resolve(String(data))))
  expect(reply).toContain('400 Bad Request')
  socket.destroy()
})

test('a client that leaves takes its query with it', async () => {
  const leaving = new AbortController()
  const heavy = fetch(
    `${serving.url}/api/v1/query_range?query=sum_over_time(requests_total[1h:1s])&start=1000&end=4600&step=1`,
    { signal: leaving.signal },
  ).catch(() => 'left')
  setTimeout(() => leaving.abort(), 50)
  await heavy
  await answersAgain()
})

test('a port that is taken and a file that is missing are told', async () => {
  const port = Number(new URL(serving.url).port)
  const data = join(folder, 'data.om')
  await expect(serve({ door: openDoor, data, port })).rejects.toThrow(
    `Cannot serve on 127.0.0.1:${port}: the port is taken`,
  )
  await expect(serve({ data: join(folder, 'none'), port: 0, door: openDoor })).rejects.toThrow('no such file')
})

/** The thread that was ended reads its data first. */
async function answersAgain(): Promise<void> {
  await expect.poll(async () => (await get('/api/v1/query?query=1')).status, { timeout: 20_000 }).toBe(200)
}

async function get(path: string) {
  const response = await fetch(`${serving.url}${path}`)
  const text = await response.text()
  return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : {} }
}
