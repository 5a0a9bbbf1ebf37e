/** `npm run tune -- replay` over a dump: what it says, where incidents come from, and what it refuses. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import {
  blip,
  incidents,
  iso,
  outage,
  replay,
  rules,
  start,
  writeHistory,
} from '../test/support/replayed-history.ts'

const { at, dump, from, known, remove, span, to } = writeHistory()
afterAll(remove)

test('two versions of a rule file over a dump: one tells in vain what the other leaves alone', async () => {
  const { code, stdout } = await replay(...dump, ...known, '--compare', at('hasty.yaml'), at('patient.yaml'))
  expect(code).toBe(0)
  expect(stdout).toContain(': 1 incident, 2 series')
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

test('a report of one file shows both rule files over the whole time and around the incident', async () => {
  const report = at('report.html')
  const args = [...dump, ...known, '--compare', at('hasty.yaml'), at('patient.yaml')]
  const { code } = await replay(...args, '--html', report, '--markdown', at('board.md'))
  expect(code).toBe(0)
  const html = readFileSync(report, 'utf8')
  expect(html.match(/<section>/g)).toHaveLength(2)
  expect(html).toContain('<h3>A tenth fails <small>')
  expect(html.match(/<title>a page about outage/g)).toHaveLength(4)
  expect(html.match(/<title>a page about nothing/g)?.length).toBeGreaterThan(0)
  // A condition is drawn for each rule file in both, and stands above its threshold in the outage.
  expect(html.match(/<path class="line0" d="M/g)).toHaveLength(4)
  expect(html.match(/page TooManyErrors: <b class="line0"><\/b>my:error_ratio &#62; 0\.05/g)).toHaveLength(4)
  expect(html).not.toMatch(/<(script|img|link|iframe)|(src|href)="|url\(|https?:\/\//)
  expect(readFileSync(at('board.md'), 'utf8').match(/^\| .*\.yaml \|/gm)).toHaveLength(2)
})

test('a limit that is broken ends it with 1 and a sentence', async () => {
  const { code, stderr } = await replay(...dump, ...known, '--rules', at('deaf.yaml'), '--min-recall', '0.9')
  expect([code, stderr]).toEqual([1, `${at('deaf.yaml')}: expected a recall of at least 0.9, got 0\n`])
})

test('before the first sample nothing is missing, and nothing is judged', async () => {
  const absent = `${rules('0s')}      - { alert: Gone, expr: absent(my_requests_total), for: 5m, labels: { severity: page } }\n`
  writeFileSync(at('absent.yaml'), absent)
  const week = iso(Date.parse(from) / 1000 - 7 * 86_400)
  const args = ['--dump', at('history.om'), '--from', week, '--to', to, ...known]
  const { code, stdout, stderr } = await replay(...args, '--rules', at('absent.yaml'), '--json')
  expect([code, stderr]).toEqual([
    0,
    `What it has begins at ${iso(start).slice(0, 16)}Z: nothing is judged before that\n`,
  ])
  const [{ firings, verdict }] = JSON.parse(stdout).results
  expect(firings.filter(({ alert }: { alert: string }) => alert === 'Gone')).toEqual([])
  expect(verdict.length).toBe(2 * 86_400)
})

test('a series that the dump lacks is named, and what it has is judged', async () => {
  writeFileSync(at('partly.yaml'), `${rules('0s')}      - { alert: Other, expr: no_such_total > 5 }\n`)
  const { code, stderr } = await replay(...dump, ...known, '--rules', at('partly.yaml'))
  expect(code).toBe(0)
  expect(stderr).toBe('Nothing was found for {__name__="no_such_total"}: what reads it sees nothing\n')
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
