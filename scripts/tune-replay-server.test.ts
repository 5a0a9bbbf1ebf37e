/** `npm run tune -- replay` and the server it asks: a real Prometheus, the lab, and what is neither. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, untilReady } from '../test/support/eventually.ts'
import { freePort } from '../test/support/ports.ts'
import { findPrometheus, findPromtool, titled, use, whyMissing } from '../test/support/programs.ts'
import { replay, rules, writeHistory } from '../test/support/replayed-history.ts'
import { type RunningLab, startLab } from '../test/support/running-lab.ts'

const { at, folder, known, remove, span } = writeHistory()
afterAll(remove)

const filesIn = (cache: string) =>
  readdirSync(cache, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile())
    .map(each => join(each.parentPath, each.name))

const [prometheus, promtool] = [findPrometheus(), findPromtool()]
const reason = whyMissing(prometheus, promtool)

describe.skipIf(reason !== undefined)(titled('a real Prometheus', reason), () => {
  let server: ChildProcess
  let url: string

  beforeAll(async () => {
    execFileSync(use(promtool).program, ['tsdb', 'create-blocks-from', 'openmetrics', 'history.om', 'data'], {
      cwd: folder,
      stdio: 'pipe',
    })
    writeFileSync(at('prometheus.yaml'), '')
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    server = spawn(
      use(prometheus).program,
      [
        '--config.file=prometheus.yaml',
        '--storage.tsdb.path=data',
        '--storage.tsdb.retention.time=1y',
        '--query.max-samples=300',
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { cwd: folder, stdio: 'ignore' },
    )
    await untilReady({ name: 'Prometheus', child: () => server, output: () => '' }, answers(`${url}/-/ready`))
  }, 120_000)

  afterAll(async () => {
    server.kill('SIGTERM')
    await once(server, 'close')
  })

  test('scores what the dump scores, in pieces it can bear, and goes on where it was', {
    timeout: 120_000,
  }, async () => {
    const cache = at('cache')
    const args = [...span, ...known, '--rules', at('patient.yaml'), '--cache', cache, '--json']
    const first = await replay('--prometheus', url, ...args)
    expect([first.code, first.stderr]).toEqual([0, ''])
    const expected = await replay('--dump', at('history.om'), ...args)
    expect(JSON.parse(first.stdout)).toEqual(JSON.parse(expected.stdout))
    const pieces = filesIn(cache)
    expect(pieces.length).toBe(7)
    expect(pieces.filter(file => !file.endsWith('.json'))).toEqual([])
    const written = pieces.map(file => statSync(file).mtimeMs)
    rmSync(pieces[3]!)
    writeFileSync(pieces[5]!, '[{"labels"')
    const again = await replay('--prometheus', url, ...args)
    expect(again.stdout).toBe(first.stdout)
    const kept = pieces.map(file => statSync(file).mtimeMs)
    expect(kept.filter((time, index) => time !== written[index])).toHaveLength(2)
  })

  test('says which series it has nothing of', { timeout: 60_000 }, async () => {
    writeFileSync(at('unknown.yaml'), rules('0s').replaceAll('my_requests_total', 'no_such_total'))
    const args = [...span, ...known, '--cache', at('other-cache')]
    const { code, stderr } = await replay('--prometheus', url, ...args, '--rules', at('unknown.yaml'))
    expect(code).toBe(1)
    expect(stderr).toContain('Nothing was found for {__name__="no_such_total"}')
    expect(stderr).toContain('expected samples of {__name__="no_such_total"}, got none')
  })
})

describe('the lab', () => {
  let lab: RunningLab
  beforeAll(async () => {
    // Its windows decide how much of the past it keeps.
    lab = await startLab(['--no-shop', '--preset=30d'])
    await sendToLab(lab, readFileSync(at('history.om'), 'utf8'))
  })
  afterAll(async () => {
    await lab?.stop()
  })

  test.each([
    ['incidents from a file', known],
    ['its faults', ['--faults']],
  ])('scores what the dump scores, with %s', async (_, given) => {
    const args = [...span, ...given, '--rules', at('hasty.yaml'), '--cache', at('lab-cache'), '--json']
    const own = await replay('--prometheus', lab.url, ...args)
    expect([own.code, own.stderr]).toEqual([0, ''])
    const expected = await replay('--dump', at('history.om'), ...args)
    expect(withoutSender(JSON.parse(own.stdout))).toEqual(JSON.parse(expected.stdout))
    expect(JSON.parse(own.stdout).rows[0].figures.recall.mean).toBe(1)
  })
})

/** As a service sends its metrics: those of a dump by OTLP, each with its time. */
async function sendToLab({ otlp }: RunningLab, dump: string): Promise<void> {
  const metrics = new Map<string, object[]>()
  for (const line of dump.split('\n')) {
    const [, name, labels, value, time] = /^(\w+)\{(.*)\} (\S+) (\d+)$/.exec(line) ?? []
    if (name === undefined) continue
    const attributes = [...labels!.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, stringValue]) => ({
      key,
      value: { stringValue },
    }))
    const point = { attributes, asDouble: Number(value), timeUnixNano: `${time}000000000` }
    metrics.set(name, [...(metrics.get(name) ?? []), point])
  }
  const kinds = [...metrics].map(([name, dataPoints]) =>
    name.endsWith('_total')
      ? { name, sum: { dataPoints, isMonotonic: true, aggregationTemporality: 2 } }
      : { name, gauge: { dataPoints } },
  )
  const sender = { attributes: [{ key: 'service.name', value: { stringValue: 'mine' } }] }
  const answer = await fetch(`${otlp}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ resource: sender, scopeMetrics: [{ metrics: kinds }] }] }),
  })
  expect([answer.status, await answer.json()]).toEqual([200, {}])
}

/** What is sent has the name of its sender, which a dump knows nothing of. */
function withoutSender(answer: { results: { verdict: { incidents: { labels?: object }[] } }[] }) {
  return JSON.parse(
    JSON.stringify(answer, (key, value) => (['job', 'instance'].includes(key) ? undefined : value)),
  )
}

test('a server that is no Prometheus is told at once, and nothing is written', async () => {
  const server = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const args = [...span, ...known, '--rules', at('hasty.yaml'), '--cache', at('none')]
  try {
    const { code, stderr } = await replay('--prometheus', `http://127.0.0.1:${port}`, ...args)
    expect([code, stderr]).toEqual([
      1,
      `Cannot ask http://127.0.0.1:${port}: expected Prometheus, or what answers as it does, got HTTP 200 with no samples\n`,
    ])
  } finally {
    server.close()
  }
  const gone = await replay('--prometheus', `http://u:secret@127.0.0.1:${port}`, ...args)
  expect(gone.code).toBe(1)
  expect(gone.stderr).toMatch(
    /^Cannot ask http:\/\/127\.0\.0\.1:\d+: expected Prometheus, .* got ECONNREFUSED\n$/,
  )
  expect(readdirSync(folder)).not.toContain('none')
})
