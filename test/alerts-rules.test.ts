/** The generated rules, tests and routing, read by the programs that will read them in production. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputs } from '../alerts/outputs.ts'
import { practice } from '../contract/windows.ts'
import { findAmtool, findPromtool, titled, whyMissing } from './support/programs.ts'
import { runRuleTests, testRules, type Verdict, type WrittenFiles, writeFiles } from './support/promtool.ts'

const run = promisify(execFile)
const promtool = findPromtool()
const amtool = findAmtool()
const files = outputs()
let written: WrittenFiles

beforeAll(() => {
  written = writeFiles(files)
})

afterAll(() => written.remove())

describe.skipIf('missing' in promtool)(titled('promtool', whyMissing(promtool)), () => {
  const program = 'program' in promtool ? promtool.program : ''
  const tested = below(`rules-tests/${practice.name}/`)
  let verdicts: ReadonlyMap<string, Promise<Verdict>>

  beforeAll(() => {
    verdicts = runRuleTests(program, written, tested)
  })

  afterAll(async () => {
    await Promise.all(verdicts.values())
  })

  test('check rules', async () => {
    const paths = below('rules/')
    const { stdout } = await run(program, ['check', 'rules', ...paths.map(written.at)])
    expect(stdout.match(/SUCCESS/g)).toHaveLength(paths.length)
  })

  test.each(tested)('test rules %s', { timeout: 600_000 }, async path => {
    expect(await verdicts.get(path)).toMatchObject({ passed: true })
  })

  test('a rule that is wrong makes its tests fail', { timeout: 300_000 }, async () => {
    const path = 'rules/practice/causes-process.yaml'
    const tests = 'rules-tests/practice/causes-process.yaml'
    const wrong = files[path]!.replace('>= 2', '>= 200')
    expect(wrong).not.toBe(files[path])
    const other = writeFiles({ [path]: wrong, [tests]: files[tests]! })
    const verdict = await testRules(program, other.at(tests))
    other.remove()
    expect(verdict.passed).toBe(false)
    expect(verdict.output).toContain('FAILED')
    expect(verdict.output).toContain('CrashLoop')
  })
})

describe.skipIf('missing' in amtool)(titled('amtool', whyMissing(amtool)), () => {
  const program = 'program' in amtool ? amtool.program : ''
  const configs = below('alertmanager/')

  test.each(configs)('check-config %s', async path => {
    const { stdout } = await run(program, ['check-config', written.at(path)])
    expect(stdout).toContain('SUCCESS')
  })

  test.each(
    configs.flatMap(
      path =>
        [
          [path, 'page', ['alertname=ShopAvailabilityBurn', 'slo=shop-availability', 'severity=page']],
          [path, 'ticket', ['alertname=ShopAvailabilityBurn', 'slo=shop-availability', 'severity=ticket']],
          [path, 'page', ['alertname=SloDataAbsent', 'slo=shop-latency', 'severity=page']],
          [path, 'page', ['alertname=SloSignalBroken', 'slo=shop-latency', 'severity=page']],
          [path, 'ticket', ['alertname=RetryStorm', 'service=shop', 'severity=ticket', 'category=cause']],
          [path, 'ticket', ['alertname=TargetDown', 'service=shop', 'severity=ticket', 'category=meta']],
          [path, 'dead-mans-switch', ['alertname=Watchdog', 'severity=none']],
          [path, 'ticket', ['alertname=SomethingNobodyPlannedFor']],
        ] as const,
    ),
  )('%s routes to %s: %j', async (path, receiver, labels) => {
    const { stdout } = await run(program, [
      'config',
      'routes',
      'test',
      `--config.file=${written.at(path)}`,
      `--verify.receivers=${receiver}`,
      ...labels,
    ])
    expect(stdout.trim()).toBe(receiver)
  })
})

function below(place: string): string[] {
  return Object.keys(files).filter(path => path.startsWith(place))
}
