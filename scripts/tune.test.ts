/** `npm run tune`: what it says, what it refuses, and how it ends. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { blocksOf } from '../test/support/documents.ts'
import { runVerb } from '../test/support/run-verb.ts'
import { main } from './tune.ts'

const folder = mkdtempSync(join(tmpdir(), 'tune-'))
afterAll(() => rmSync(folder, { recursive: true }))

const tune = (...args: string[]) => runVerb(main, args)

const short = ['--slo', 'shop-availability', '--scenario', 'outage,trickle,error-spike']

test('scores policies side by side, and names what nobody was told of', async () => {
  const { code, stdout } = await tune(...short, '--policy', 'shipped,threshold')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^3 scenarios of 30 days at 1m: shop-availability$/m)
  expect(stdout).toMatch(/^shipped +1m +/m)
  expect(stdout).toContain('threshold told nobody of:\n  shop-availability: trickle/corner-case')
})

test('a declared limit that is broken ends it with 1 and a sentence', async () => {
  const { code, stderr } = await tune(...short, '--policy', 'threshold', '--min-recall', '0.9')
  expect([code, stderr]).toEqual([1, 'threshold: expected a recall of at least 0.9, got 0.5\n'])
  expect((await tune(...short, '--policy', 'shipped', '--min-recall', '0.9')).code).toBe(0)
})

test('its process ends with what the verb says', () => {
  const call = ['scripts/tune.ts', '--scenario', 'outag']
  let ended: { status?: number; stderr?: Buffer } = {}
  try {
    execFileSync(process.execPath, call, { stdio: 'pipe' })
  } catch (error) {
    ended = error as typeof ended
  }
  expect([ended.status, String(ended.stderr)]).toEqual([2, expect.stringContaining('did you mean outage?')])
})

test('JSON has the figures of each policy, with their confidence over seeds', async () => {
  const { stdout } = await tune(...short, '--policy', 'shipped', '--seeds', '2', '--json')
  expect(JSON.parse(stdout)).toMatchObject([
    { policy: 'shipped', figures: { recall: { mean: 1, within: 0 } }, missed: [], errors: [] },
  ])
})

const mine = join(folder, 'mine.yaml')
const rule = (threshold: number) => `groups:
  - name: mine
    rules:
      - alert: TooManyErrors
        expr: sum(rate(my_requests_total{status=~"5.."}[5m])) / sum(rate(my_requests_total[5m])) > ${threshold}
        for: 2m
        labels: { severity: page }
`

test('takes a plain rule file as it stands, and compares two versions of it', async () => {
  const other = join(folder, 'other.yaml')
  writeFileSync(mine, rule(0.01))
  writeFileSync(other, rule(0.6))
  const { code, stdout } = await tune(...short, '--compare', mine, other)
  expect(code).toBe(0)
  const detectionOf = (file: string) => new RegExp(`^${file} +(\\S+)`, 'm').exec(stdout)?.[1]
  expect([detectionOf(mine), detectionOf(other)]).toEqual(['3m', '5m'])
})

test('the report is one file that loads nothing, and a rule file cannot put markup into it', async () => {
  const [hostile, report] = [join(folder, 'hostile.yaml'), join(folder, 'report.html')]
  writeFileSync(hostile, `${rule(0.01)}        annotations: { summary: '<img src=x onerror=alert(1)>' }\n`)
  const { code } = await tune(...short, '--rules', hostile, '--policy', 'threshold', '--html', report)
  expect(code).toBe(0)
  const html = readFileSync(report, 'utf8')
  expect(html.match(/<section>/g)).toHaveLength(3)
  expect(html).toContain('nobody was told')
  expect(html).toMatch(/<title>outage[^<]*told after \d/)
  expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;')
  expect(html).not.toMatch(/<(script|img|link|iframe)|(src|href)="|url\(|https?:\/\/(?!localhost)/)
})

test('explains why somebody was told or not, and writes the case for promtool', async () => {
  const caseFolder = join(folder, 'case')
  const args = ['--slo', 'shop-availability', '--policy', 'threshold', '--export-promtool', caseFolder]
  const { code, stdout, stderr } = await tune('explain', 'flapping', ...args)
  expect(code).toBe(0)
  expect(stdout).toContain('nobody was told')
  expect(stdout).toContain('The smallest change that would have caught it')
  expect(stderr).toContain(`promtool test rules ${caseFolder}`)
  expect(readFileSync(join(caseFolder, 'tests.yaml'), 'utf8')).toContain('alertname: HighErrorRatio')
})

test('plays and explains a scenario of the user, and names what is wrong with one by its line', async () => {
  const [own, wrong] = [join(folder, 'own.yaml'), join(folder, 'wrong.yaml')]
  const [scenario] = blocksOf('tuning/README.md').filter(({ code }) => code.startsWith('scenarios:'))
  writeFileSync(own, scenario!.code)
  writeFileSync(wrong, scenario!.code.replace('wanted: page', 'wanted: pager'))
  const some = ['--slo', 'shop-availability', '--policy', 'shipped']
  const scored = await tune(...some, '--scenario', `outage,${own}`)
  expect(scored.stdout).toMatch(/^2 scenarios of 30 days/)
  const explained = await tune('explain', 'sale', ...some, '--scenario', own)
  expect(explained.stdout).toMatch(/^payments, day 12 .*wanted a page\n {2}told after /m)
  const refused = await tune('--scenario', wrong)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/wrong\.yaml:\d+: scenarios\.0\.incidents\.0\.wanted: expected page, ticket/)
  expect((await tune('--scenario', `${own},${own}`)).stderr).toContain('every name once, got "sale" again')
})

test('a month drawn by chance is played and explained, and each is another', async () => {
  const size = ['--slo', 'shop-availability', '--policy', 'shipped', '--days', '10']
  const play = async (names: string) => {
    const { stdout } = await tune(...size, '--scenario', names, '--json')
    return JSON.parse(stdout)[0].figures.pagesPerWeek.mean
  }
  expect(await play('random-7')).toBe(await play('random-7'))
  const explain = async (name: string) => (await tune('explain', name, ...size)).stdout.split('\n')
  const [first, ...rest] = await explain('random-7')
  expect(first).toBe('random-7 under shipped')
  expect((await explain('random-8')).slice(1)).not.toEqual(rest)
  expect((await tune('--scenario', 'random-x')).stderr).toContain('read --scenario: expected some of')
})

test('the workflow for GitHub does what it says', { timeout: 120_000 }, async () => {
  const workflow = parse(readFileSync('docs/alert-rules-workflow.yaml', 'utf8'))
  const steps: { run?: string }[] = workflow.jobs.alerts.steps
  const commands = steps
    .flatMap(({ run = '' }) => run.split('\n'))
    .filter(line => line.startsWith('npm run tune'))
  expect(commands).toHaveLength(2)
  writeFileSync(join(folder, 'alerts.yaml'), rule(0.01))
  writeFileSync(join(folder, 'before.yaml'), rule(0.6))
  const summary = join(folder, 'summary.md')
  const [comparison, limits] = commands.map(line =>
    line
      .replace('npm run tune -- ', '')
      .replace(/"\$GITHUB_STEP_SUMMARY"/, summary)
      .replaceAll(/\b(alerts|before)\.yaml/g, file => join(folder, file))
      .split(' '),
  )
  const held = await tune(...limits!, '--scenario', 'outage,night-outage', '--days', '10')
  expect([held.code, held.stderr]).toEqual([0, ''])
  writeFileSync(join(folder, 'alerts.yaml'), rule(2))
  const broken = await tune(...limits!, '--scenario', 'outage,night-outage', '--days', '10')
  expect(broken.code).toBe(1)
  expect(broken.stderr).toContain('expected a recall of at least')
  const compared = await tune(...comparison!, '--scenario', 'outage', '--days', '10')
  expect(compared.code).toBe(0)
  expect(readFileSync(summary, 'utf8').match(/^\| .*\.yaml \|/gm)).toHaveLength(2)
})

test.each<[args: string[], code: number, says: RegExp]>([
  [['--scenario', 'outag'], 2, /did you mean outage\?/],
  [['--policy', 'shiped'], 2, /did you mean shipped\?/],
  [['--rules', join(folder, 'none.yaml')], 2, /no such file/],
  [['--min-recall', '2'], 2, /a share from 0 to 1, got "2"/],
  [['--days', '9999'], 2, /400 at most, got "9999"/],
  [['--compare', 'shipped'], 2, /two policies or two rule files, got 1/],
  [['explain'], 2, /choose a scenario/],
  [['suggest', '--slo', 'shop-latency'], 2, /--slo and --traffic, got --slo/],
  [['suggest', '--slo', 'shop', '--traffic', '5'], 2, /read --slo: expected/],
  [['suggest', '--slo', 'shop-latency', '--traffic', '0'], 2, /a number above 0/],
  [['explain', 'outage', '--days', '7', '--export-promtool', '/proc/x'], 1, /a folder that can be written/],
])('%j is refused in one sentence', async (args, code, says) => {
  const ended = await tune(...args)
  expect(ended.code).toBe(code)
  expect(ended.stderr).toMatch(says)
  expect(ended.stderr).not.toMatch(/\n\s+at /)
})

test('a broken rule file is named with its line', async () => {
  const broken = join(folder, 'broken.yaml')
  writeFileSync(broken, rule(0.01).replace('sum(rate', 'sum(rat('))
  const { code, stderr } = await tune('--rules', broken)
  expect(code).toBe(1)
  expect(stderr).toMatch(/broken\.yaml:5/)
})

test('suggests tiers, says why, and writes them for every tool that can express them', async () => {
  const out = join(folder, 'suggested')
  const size = ['--months', '2', '--seeds', '1', '--days', '10']
  const { code, stdout, stderr } = await tune(
    'suggest',
    '--slo',
    'shop-latency',
    '--traffic',
    '5',
    ...size,
    '--out',
    out,
  )
  expect([code, stderr.trim().split('\n').length]).toEqual([0, 4])
  expect(stdout).toMatch(/^→ \d/m)
  expect(stdout).toMatch(/^ {2}fast\.long \S+ +With /m)
  expect(stdout).toContain("{ name: 'fast', severity: 'page', long: seconds('")
  expect(stdout).toContain('Not as pyrra: Pyrra cannot wait for a number of errors')
  const read = (file: string) => readFileSync(join(out, file), 'utf8')
  expect(read('prometheus-rule.yaml')).toContain('kind: PrometheusRule')
  expect(read('sloth.yaml')).toContain('kind: AlertWindows')
  expect(read('rules.yaml')).toContain('alert: ShopLatencyBurn')
  expect(read('definition.ts')).toContain('minimumErrors: ')
}, 120_000)
