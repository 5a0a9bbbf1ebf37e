/** What `export` and `slo generate` write for others, read by the programs that will read it there. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runUnitTests } from '../engines/promql/replay/unit-tests.ts'
import { formats } from '../export/formats/formats.ts'
import { promClient } from '../export/mapping.ts'
import { exportProject, type Project } from '../export/project.ts'
import { generateFiles } from '../export/slo-files/generate.ts'
import { importSlos } from '../export/slo-files/import.ts'
import { expectToPass, foreign, project } from './support/exported-rules.ts'
import { findAmtool, findPromtool, titled, whyMissing } from './support/programs.ts'
import { testRules, type WrittenFiles, writeFiles } from './support/promtool.ts'

const run = promisify(execFile)
const amtool = findAmtool()
const promtool = findPromtool()

const all = [
  'slo-checkout-availability',
  'slo-checkout-availability-slow',
  'slo-checkout-latency',
  'slo-checkout-latency-slow',
  'causes-process',
  'causes-dependency',
]

describe('every format', () => {
  const usual = exportProject(project).files

  test.each(Object.keys(formats) as Project['format'][])(
    '%s brings a test of every group of rules',
    format => {
      const { files } = exportProject({ ...project, format })
      const tests = Object.keys(files).filter(path => /^rules-tests\/[^/]+$/.test(path))
      expect(tests).toEqual(all.map(name => `rules-tests/${name}.yaml`))
      for (const path of tests) {
        const rule_files = files[path]!.match(/^ {2}- \S+\.(yaml|json)$/gm)!.map(line => line.slice(4))
        for (const file of rule_files) expect(Object.keys(files)).toContain(join('rules-tests', file))
        // What is tested in one format need not be tested in each.
        const rest = (text: string) => text.slice(text.indexOf('evaluation_interval'))
        expect(rest(files[path]!)).toBe(rest(usual[path]!))
      }
    },
  )
})

describe.skipIf('missing' in promtool)(titled('promtool', whyMissing(promtool)), () => {
  const program = 'program' in promtool ? promtool.program : ''

  test.each<[string, Project, string[]]>([
    ['names of its own', foreign, ['slo-checkout-availability', 'causes-process', 'causes-dependency']],
    ['prom-client', { ...project, signals: promClient }, ['causes-process']],
    ['a mixin', { ...project, format: 'mixin' }, ['causes-process']],
    ['resources', { ...project, format: 'operator' }, ['causes-process']],
  ])('the tests that come along pass: %s', { timeout: 600_000 }, async (_, given, names) => {
    await expectToPass(program, given, names)
  })

  test('a threshold changed by hand makes them fail', { timeout: 300_000 }, async () => {
    const { files } = exportProject(foreign)
    const path = 'rules/causes-dependency.yaml'
    const wrong = files[path]!.replaceAll(/> 0\.5\b/g, '> 50')
    expect(wrong).not.toBe(files[path])
    const written = writeFiles({ ...files, [path]: wrong })
    const verdict = await testRules(program, written.at('rules-tests/causes-dependency.yaml'))
    written.remove()
    expect(verdict.passed, verdict.output).toBe(false)
  })
})

test('another error label makes them fail', { timeout: 120_000 }, () => {
  const { files } = exportProject(foreign)
  const path = 'rules/slo-checkout-availability.yaml'
  const wrong = files[path]!.replaceAll('status=~', 'state=~')
  expect(wrong).not.toBe(files[path])
  const written = writeFiles({ ...files, [path]: wrong })
  const place = written.at('rules-tests/slo-checkout-availability.yaml')
  const { failures } = runUnitTests(files['rules-tests/slo-checkout-availability.yaml']!, place)
  written.remove()
  expect(failures.length).toBeGreaterThan(0)
})

test('every alert on a cause has a test in which it fires, in the names of the service', () => {
  const { files } = exportProject(foreign)
  for (const group of ['causes-process', 'causes-dependency']) {
    const alerts = [...files[`rules/${group}.yaml`]!.matchAll(/alert: (\w+)/g)].map(([, alert]) => alert)
    expect(alerts.length).toBeGreaterThan(1)
    const tests = files[`rules-tests/${group}.yaml`]!
    for (const alert of alerts) expect(tests).toMatch(new RegExp(`name: ${alert} (.* )?fires`))
    expect(tests).not.toMatch(/job="shop"|http_server_|http_client_|db_client_operation/)
  }
})

const sloth = `version: prometheus/v1
service: books
slos:
  - name: lending
    objective: 99.5
    sli:
      events:
        error_query: sum(rate(loans_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(loans_total[{{.window}}]))
    alerting:
      page_alert: { labels: { severity: critical } }
      ticket_alert: { labels: { severity: warning } }
`

describe.skipIf('missing' in amtool)(titled('amtool', whyMissing(amtool)), () => {
  const program = 'program' in amtool ? amtool.program : ''
  let written: WrittenFiles

  beforeAll(() => {
    written = writeFiles(generateFiles(importSlos('sloth.yaml', sloth), {}).files)
  })

  afterAll(() => written.remove())

  test('check-config', async () => {
    const { stdout } = await run(program, ['check-config', written.at('alertmanager.yaml')])
    expect(stdout).toContain('SUCCESS')
  })

  test.each([
    ['page', ['alertname=LendingBurn', 'slo=books-lending', 'severity=critical', 'burn_tier=fast']],
    ['ticket', ['alertname=LendingBurn', 'slo=books-lending', 'severity=warning', 'burn_tier=slow']],
    ['page', ['alertname=SloDataAbsent', 'slo=books-lending', 'severity=critical']],
    ['ticket', ['alertname=SomethingNobodyPlannedFor']],
  ])('routes to %s: %j', async (receiver, labels) => {
    const { stdout } = await run(program, [
      ...['config', 'routes', 'test', `--config.file=${written.at('alertmanager.yaml')}`],
      ...[`--verify.receivers=${receiver}`, ...labels],
    ])
    expect(stdout.trim()).toBe(receiver)
  })
})
