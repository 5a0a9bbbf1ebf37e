/** What `suggest` prints is read and judged by promtool: its rules are valid, and fire when they were simulated to. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import { versionOf } from '../engines/promql/diff/real-prometheus.ts'
import { playMonth } from '../tuning/months.ts'
import { aroundFirstIncident, promtoolCase } from '../tuning/promtool.ts'
import { scenarios } from '../tuning/scenarios/catalogue.ts'
import { countsDelays } from '../tuning/score/judge.ts'
import { findPromtool, titled, whyMissing } from './support/programs.ts'
import { testRules, writeFiles } from './support/promtool.ts'

const run = promisify(execFile)
const promtool = findPromtool()
const isLong = process.env.SIGHTLINE_LONG === '1'
const traffic = isLong ? [2, 20, 200] : [20]
const cases = (isLong ? objectives : objectives.slice(0, 1)).flatMap(objective =>
  traffic.map(rate => ({ slo: objective.name, objective, rate })),
)

describe.skipIf('missing' in promtool)(titled('promtool and the suggestion', whyMissing(promtool)), () => {
  const program = 'program' in promtool ? promtool.program : ''
  const semantics = versionOf(program)?.startsWith('2.') ? 'prometheus-2' : 'prometheus-3'
  const folder = mkdtempSync(join(tmpdir(), 'suggested-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test.each(cases)('for $slo at $rate events/s', { timeout: 300_000 }, async ({ slo, objective, rate }) => {
    const size = ['--months', '4', '--seeds', '1', '--days', '14']
    const asked = ['suggest', '--slo', slo, '--traffic', String(rate), ...size, '--out', folder]
    await run(process.execPath, ['scripts/tune.ts', ...asked])
    const checked = await run(program, [
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      join(folder, 'rules.yaml'),
    ])
    expect(checked.stdout).toMatch(/SUCCESS: \d+ rules found/)
    const rules = readFileSync(join(folder, 'rules.yaml'), 'utf8')
    const isDelay = countsDelays(objective.sli)
    const scenario = scenarios.find(({ name }) => name === (isDelay ? 'latency-regression' : 'fast-burn'))!
    const setting = { objective, resolution: '1m', days: 14, traffic: rate, instances: 2 } as const
    const month = playMonth(scenario, setting, 1)
    const span = aroundFirstIncident(month)
    const written = promtoolCase(month, { name: slo, rules }, span, 'rules.yaml', { semantics })
    const files = writeFiles({ 'rules.yaml': written.rules, 'tests.yaml': written.tests })
    try {
      const { passed, output } = await testRules(program, files.at('tests.yaml'))
      expect(passed, output.slice(0, 2000)).toBe(true)
    } finally {
      files.remove()
    }
    const fired = written.firings.filter(({ firedAt }) => firedAt !== undefined)
    expect(fired.map(({ labels }) => labels.severity)).toContain('page')
  })
})
