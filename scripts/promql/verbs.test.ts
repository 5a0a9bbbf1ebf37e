import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test, vi } from 'vitest'
import { saveSnapshot } from '../../engines/promql/files/snapshot-file.ts'
import { createStore } from '../../engines/promql/store/memory.ts'
import { main } from '../promql.ts'

const script = fileURLToPath(new URL('../promql.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'promql-'))
afterAll(() => rmSync(folder, { recursive: true }))

const data = file('data.om', 'up{job="a"} 1 1\nup{job="a"} 2 16\nup{job="b"} NaN 16\n# EOF\n')

test.each(['query', 'fmt', 'check-rules', 'test', 'replay', 'diff', 'serve'])('%s has help', async verb => {
  const { code, out } = await run(verb, '--help')
  expect([code, out]).toEqual([0, expect.stringContaining(verb)])
})

test('a query at the newest sample, at a time, over a range and as JSON', async () => {
  expect(await run('query', 'up', '--data', data)).toEqual(answer('up{job="a"} 2\nup{job="b"} NaN'))
  expect(await run('query', 'up', '--data', data, '--time', '1970-01-01T00:00:02Z')).toEqual(
    answer('up{job="a"} 1'),
  )
  const range = ['--start', '1', '--end', '31', '--step', '15s']
  expect(await run('query', 'sum(up)', '--data', data, ...range, '--nan-is-stale')).toEqual(
    answer('{}\n  1970-01-01T00:00:01.000Z 1\n  1970-01-01T00:00:16.000Z 2\n  1970-01-01T00:00:31.000Z 2'),
  )
  expect((await run('query', 'count(up)', '--data', data, '--json')).out).toBe(
    '{"resultType":"vector","result":[{"metric":{},"value":[16,"2"]}]}',
  )
})

test('an unknown metric is said and ends with 1, so that no script takes it for an answer', async () => {
  expect(await run('query', 'nothing', '--data', data)).toEqual({ code: 1, out: 'no series', error: '' })
  const range = ['--start', '1', '--end', '31', '--step', '15s', '--json']
  expect((await run('query', 'nothing', '--data', data, ...range)).code).toBe(1)
})

test.each([
  ['query', ['query', 'up', '--data', '-'], 'up 3\n', 'up 3\n'],
  ['check-rules', ['check-rules', '-'], 'groups: []\n', '-: fine, with 0 groups and 0 rules\n'],
])(
  '%s reads stdin, a page of /metrics without times too',
  (_, args, input, output) => {
    const { status, stdout } = spawnSync(process.execPath, [script, ...args], { input, encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, output])
  },
  30_000,
)

test('the samples of a page of /metrics are from now', async () => {
  const page = file('metrics', '# HELP up Up.\n# TYPE up gauge\nup{job="a"} 4\n')
  const soon = Math.ceil(Date.now() / 1000) + 30
  const { out } = await run('query', `${soon} - timestamp(up)`, '--data', page, '--time', `${soon}`)
  const [, age] = /^\{job="a"\} (\d+(?:\.\d+)?)$/.exec(out) ?? []
  expect(Number(age)).toBeGreaterThan(0)
  expect(Number(age)).toBeLessThan(32)
})

test('what is left out is told', async () => {
  const twice = file('twice.om', 'up 1 1\nup 2 1\n# EOF\n')
  expect(await run('query', 'up', '--data', twice)).toEqual({
    code: 0,
    out: 'up 1',
    error: '1 samples left out: their series has another value at the same time',
  })
})

test('a snapshot is read as well', async () => {
  const store = createStore()
  store.append(new Map([['__name__', 'up']]), 1000, 7)
  saveSnapshot(store, join(folder, 'snapshot'))
  expect(await run('query', 'up', '--data', join(folder, 'snapshot'))).toEqual(answer('up 7'))
})

test('queries are formatted, from words or from stdin', async () => {
  expect(await run('fmt', 'sum(rate(x[300s]))by(a)')).toEqual(answer('sum by (a) (rate(x[5m]))'))
  expect(await run('fmt', '1+1', '2')).toEqual(answer('1 + 1\n2'))
  expect(JSON.parse((await run('fmt', '--json', 'up')).out)).toEqual([{ query: 'up', type: 'vector' }])
})

test('rules are checked, and what is wrong is told by file and line', async () => {
  const fine = file(
    'fine.yml',
    'groups:\n  - name: g\n    rules:\n      - record: a:b\n        expr: sum(up)\n',
  )
  const bad = file('bad.yml', 'groups:\n  - name: g\n    rules:\n      - record: a:b\n        expr: sum(up\n')
  expect(await run('check-rules', fine)).toEqual(answer(`${fine}: fine, with 1 group and 1 rule`))
  const huge = file('huge.yml', '#'.repeat(8_000_001))
  const { code, out } = await run('check-rules', fine, bad, '/none', folder, huge)
  expect(code).toBe(1)
  expect(out).toContain(`${folder}: a folder`)
  expect(out).toContain(`${huge}: expected at most 8000000 characters, got 8000001`)
  expect(out).toContain(`${bad}:5`)
  expect(out).toContain('/none: no such file or folder')
  expect(JSON.parse((await run('check-rules', '--json', fine)).out)[0]).toMatchObject({ groups: 1, rules: 1 })
})

test('tests are run and counted', async () => {
  const cases = 'load 1m\n  up 1 2 3\n\neval instant at 1m up\n  up 2\n\neval instant at 1m up\n  up 5\n'
  const { code, out } = await run('test', file('some.test', cases))
  expect([code, out.split('\n').at(-1)]).toEqual([1, '1 passed, 1 failed'])
})

test.each<[string, string[], number, string]>([
  ['no verb', [], 2, 'Cannot run promql: expected one of query, fmt, check-rules, test, replay, diff, serve'],
  ['an unknown verb', ['ask'], 2, 'got "ask"'],
  ['no data', ['query', 'up'], 2, 'Cannot query: expected --data, got nothing'],
  ['no expression', ['query', '--data', data], 2, 'Cannot query: expected one expression, got 0'],
  [
    'a time that is none',
    ['query', 'up', '--data', data, '--time', 'now'],
    2,
    'Cannot read --time: expected',
  ],
  [
    'half a range',
    ['query', 'up', '--data', data, '--start', '1'],
    2,
    'Cannot query a range: expected --start',
  ],
  [
    'a negative step',
    ['query', 'up', '--data', data, '--start=1', '--end=2', '--step=-5'],
    2,
    'Cannot read --step',
  ],
  ['another semantics', ['query', 'up', '--data', data, '--semantics', '4'], 2, 'expected 2 or 3, got "4"'],
  ['a missing file', ['query', 'up', '--data', '/none'], 1, 'Cannot read --data /none: no such file'],
  ['a folder', ['query', 'up', '--data', folder], 1, `Cannot read --data ${folder}: a folder`],
  ['a bad query', ['query', 'sum(', '--data', data], 1, 'Cannot parse the query at line 1, column 5'],
  [
    'a bad line',
    ['query', 'up', '--data', file('bad.om', 'up 1 1\nup x 1\n# EOF')],
    1,
    'Cannot read line 2: expected a value',
  ],
  [
    'a damaged snapshot',
    ['query', 'up', '--data', file('cut', 'SPQS\x01\0\0\0\0\0\0\0\0')],
    1,
    'Cannot read the snapshot: it is damaged',
  ],
  ['a bad query to format', ['fmt', 'up{'], 1, 'Cannot parse the query at line 1, column 4'],
  ['a missing test', ['test', '/none.test'], 1, 'Cannot test /none.test: no such file or folder'],
  ['an unknown option', ['diff', '--bad'], 2, "Unknown option '--bad'"],
  [
    'a port that is none',
    ['serve', '--data', data, '--port', '70000'],
    2,
    'Cannot read --port: expected a number',
  ],
  [
    'a missing file to serve',
    ['serve', '--data', '/none', '--port', '0'],
    1,
    'Cannot read --data /none: no such file',
  ],
  [
    'an address of another machine',
    ['serve', '--data', data, '--port', '0', '--host', '192.0.2.1'],
    1,
    'Cannot serve on 192.0.2.1:0: expected an address of this machine, got EADDRNOTAVAIL',
  ],
])('%s is told in a line', async (_, args, code, message) => {
  const told = await run(...args)
  expect(told).toMatchObject({ code, out: '', error: expect.stringContaining(message) })
  expect(told.error).not.toMatch(/\n {4}at /)
})

test('serve answers until it is told to end', async () => {
  const child = spawn(process.execPath, [script, 'serve', '--data', data, '--port', '0'])
  const [line] = await once(child.stdout, 'data')
  const url = /http:\S+?(?=,)/.exec(String(line))![0]
  const response = await fetch(`${url}/api/v1/query?query=up`)
  expect(((await response.json()) as { data: { result: unknown[] } }).data.result).toHaveLength(2)
  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0]).toBe(0)
})

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

function answer(out: string) {
  return { code: 0, out, error: '' }
}

async function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const out: string[] = []
  const error: string[] = []
  const keep = (lines: string[]) => (text: unknown) => {
    lines.push(text instanceof Error ? (text.stack ?? '') : String(text))
  }
  vi.spyOn(console, 'log').mockImplementation(keep(out))
  vi.spyOn(console, 'error').mockImplementation(keep(error))
  try {
    return { code: await main(args), out: out.join('\n'), error: error.join('\n') }
  } finally {
    vi.restoreAllMocks()
  }
}
