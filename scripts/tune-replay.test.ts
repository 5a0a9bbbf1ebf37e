/** `npm run tune -- replay` over the history of a real Prometheus, and over the dump it was filled from. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answers, untilReady } from '../test/support/eventually.ts'
import { freePort } from '../test/support/ports.ts'
import { findPrometheus, findPromtool, titled, use, whyMissing } from '../test/support/programs.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'replay-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (file: string) => join(folder, file)

/** Two days ending a day ago, so that every piece is over. */
const day = 86_400
const start = Math.floor(Date.now() / 1000 / day) * day - 3 * day
const from = new Date((start + day / 2) * 1000).toISOString()
const to = new Date((start + 2 * day) * 1000).toISOString()
const outage = { start: start + day + 10 * 3600, end: start + day + 10 * 3600 + 1800 }
const blip = { start: start + day + 15 * 3600, end: start + day + 15 * 3600 + 360 }
const iso = (time: number) => new Date(time * 1000).toISOString()

/** A request a second, of which a tenth fails in the outage and in a blip that nobody needs to hear of. */
function history(): string {
  const [all, failed, faults]: string[][] = [[], [], []]
  let [good, bad] = [0, 0]
  for (let time = start; time <= start + 2 * day; time += 60) {
    const within = ({ start, end }: typeof outage) => time > start && time <= end
    const isBad = within(outage) || within(blip)
    good += isBad ? 54 : 60
    bad += isBad ? 6 : 0
    all!.push(`my_requests_total{status="200"} ${good} ${time}`)
    failed!.push(`my_requests_total{status="500"} ${bad} ${time}`)
    faults!.push(`lab_fault_active{fault="error-ratio",target="*"} ${within(outage) ? 1 : 0} ${time}`)
  }
  return `# TYPE my_requests counter\n${[...all!, ...failed!].join('\n')}\n# TYPE lab_fault_active gauge\n${faults!.join('\n')}\n# EOF\n`
}

const rules = (hold: string, threshold = 0.05) => `groups:
  - name: mine
    interval: 1m
    rules:
      - record: my:error_ratio
        expr: sum(rate(my_requests_total{status=~"5.."}[5m])) / sum(rate(my_requests_total[5m]))
      - alert: TooManyErrors
        expr: my:error_ratio > ${threshold}
        for: ${hold}
        labels: { severity: page }
`
const incidents = `incidents:
  - id: outage
    title: A tenth fails
    start: ${iso(outage.start)}
    end: ${iso(outage.end)}
    labels: { service: shop }
`

beforeAll(() => {
  writeFileSync(at('history.om'), history())
  writeFileSync(at('hasty.yaml'), rules('0s'))
  writeFileSync(at('patient.yaml'), rules('8m'))
  writeFileSync(at('deaf.yaml'), rules('1h'))
  writeFileSync(at('incidents.yaml'), incidents)
})

async function replay(...args: string[]) {
  const call = ['scripts/tune.ts', 'replay', ...args]
  const ended = await run(process.execPath, call, { maxBuffer: 1e8 }).catch(error => error)
  return { code: ended.code ?? 0, stdout: String(ended.stdout), stderr: String(ended.stderr) }
}

const span = ['--from', from, '--to', to]
const dump = ['--dump', at('history.om'), ...span]
const known = ['--incidents', at('incidents.yaml')]

test('two versions of a rule file over a dump: one tells in vain what the other leaves alone', async () => {
  const { code, stdout } = await replay(...dump, ...known, '--compare', at('hasty.yaml'), at('patient.yaml'))
  expect(code).toBe(0)
  expect(stdout).toContain(': 1 incidents, 2 series')
  expect(stdout).toMatch(new RegExp(`^${at('hasty.yaml')} +3m +- +2m +50% +100% `, 'm'))
  expect(stdout).toMatch(new RegExp(`^${at('patient.yaml')} +11m +- +2m +100% +100% `, 'm'))
  expect(stdout).toContain(`${at('hasty.yaml')} told in vain:\n  page ${iso(blip.start + 180).slice(0, 16)}Z`)
})

test('explains what was missed and what would have caught it', async () => {
  const { stdout } = await replay(...dump, ...known, '--rules', at('deaf.yaml'), '--explain')
  expect(stdout).toContain(`told nobody of:\n  outage, ${iso(outage.start).slice(0, 16)}Z`)
  expect(stdout).toMatch(/held +0\.1 of 0\.05/)
  expect(stdout).toMatch(/all of it held for 2\d\D.* of the 1h it has to/)
  expect(stdout).toMatch(/smallest change that would have caught it: TooManyErrors: for of \d+s/)
})

test.each([
  ['the faults of the lab', ['--faults']],
  [
    'a query',
    ['--impact', 'sum(rate(my_requests_total{status="500"}[2m])) > 0.05 and on () (lab_fault_active == 1)'],
  ],
])('incidents come from %s', async (_, given) => {
  const { code, stdout } = await replay(...dump, ...given, '--rules', at('patient.yaml'), '--json')
  expect(code).toBe(0)
  const [{ verdict }] = JSON.parse(stdout).results
  expect(verdict.incidents).toHaveLength(1)
  const [{ start, end, detection }] = verdict.incidents
  expect(Math.abs(start - outage.start)).toBeLessThanOrEqual(120)
  expect(Math.abs(end - outage.end)).toBeLessThanOrEqual(360)
  expect(detection).toBeGreaterThan(480)
})

test('an alert about another service is not about the incident', async () => {
  writeFileSync(at('other.yaml'), rules('0s').replace('severity: page', 'severity: page, service: payments'))
  const { stdout } = await replay(...dump, ...known, '--rules', at('other.yaml'))
  expect(stdout).toContain('told nobody of:\n  outage')
})

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
    const pieces = readdirSync(cache).flatMap(each =>
      readdirSync(join(cache, each)).map(file => join(cache, each, file)),
    )
    expect(pieces.length).toBe(7)
    expect(pieces.filter(file => !file.endsWith('.json'))).toEqual([])
    const written = pieces.map(file => statSync(file).mtimeMs)
    rmSync(pieces[3]!)
    const again = await replay('--prometheus', url, ...args)
    expect(again.stdout).toBe(first.stdout)
    const kept = pieces.map(file => statSync(file).mtimeMs)
    expect(kept.filter((time, index) => time !== written[index])).toHaveLength(1)
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

test('a server that is no Prometheus is told at once, and nothing is written', async () => {
  const server = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const args = [...span, ...known, '--rules', at('hasty.yaml'), '--cache', at('none')]
  try {
    const { code, stderr } = await replay('--prometheus', `http://127.0.0.1:${port}`, ...args)
    expect([code, stderr]).toEqual([
      1,
      `Cannot ask http://127.0.0.1:${port}: expected Prometheus, or what answers as it does, got HTTP 200\n`,
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

const withIncidents = (text: string) => {
  writeFileSync(at('bad.yaml'), text)
  return [...dump, '--rules', at('hasty.yaml'), '--incidents', at('bad.yaml')]
}

test.each<[what: string, args: () => string[], code: number, says: RegExp]>([
  [
    'no incidents',
    () => [...dump, '--rules', at('hasty.yaml')],
    2,
    /one of --incidents, --faults and --impact, got none/,
  ],
  ['no rules', () => [...dump, ...known], 2, /--rules, --compare or --slo, got none of them/],
  [
    'both sources',
    () => [...dump, ...known, '--rules', at('hasty.yaml'), '--prometheus', 'http://x'],
    2,
    /either --prometheus or --dump/,
  ],
  [
    'a time in words',
    () => ['--dump', at('history.om'), '--from', 'yesterday'],
    2,
    /read --from: expected a time such as/,
  ],
  [
    'an end before the start',
    () => ['--dump', at('history.om'), '--from', to, '--to', from],
    2,
    /read --to: expected a time after/,
  ],
  [
    'a query that does not parse',
    () => [...dump, '--rules', at('hasty.yaml'), '--impact', 'sum('],
    1,
    /^Cannot read --impact: /,
  ],
  [
    'an incident that ends first',
    () => withIncidents(incidents.replace('end: 2', 'end: 1')),
    1,
    /bad\.yaml:5: incidents\.0\.end: expected a time after the start/,
  ],
  [
    'an incident twice',
    () => withIncidents(`${incidents}${incidents.split('incidents:\n')[1]}`),
    1,
    /bad\.yaml:7: incidents\.1\.id: expected every id once, got "outage"/,
  ],
  [
    'an incident without a zone',
    () => withIncidents('incidents:\n  - { id: a, start: 2026-01-01T10:00:00, end: 5 }\n'),
    1,
    /bad\.yaml:2: incidents\.0\.start: expected a time such as/,
  ],
  [
    'a list of nothing',
    () => withIncidents('incidents: []\n'),
    1,
    /bad\.yaml:1: incidents: expected a list of incidents/,
  ],
  ['no YAML', () => withIncidents('incidents: [\n'), 1, /bad\.yaml:\d: /],
  [
    'no dump',
    () => ['--dump', at('nothing.om'), ...span, ...known, '--rules', at('hasty.yaml')],
    2,
    /nothing\.om: expected a dump of samples, got no such file/,
  ],
  ['no rule file', () => [...dump, ...known, '--rules', at('incidents.yaml')], 1, /incidents\.yaml/],
])('%s is refused in words', async (_, args, code, says) => {
  const ended = await replay(...args())
  expect(ended.stderr).toMatch(says)
  expect(ended.code).toBe(code)
  expect(ended.stderr).not.toMatch(/\n\s+at /)
  expect(ended.stdout).toBe('')
})
