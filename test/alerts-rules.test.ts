/** The generated rules, tests and routing, read by the programs that will read them in production. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputs } from '../alerts/outputs.ts'
import { findAmtool, findPromtool, titled, whyMissing } from './support/programs.ts'

const run = promisify(execFile)
const promtool = findPromtool()
const amtool = findAmtool()
const files = Object.keys(outputs())
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'alerts-rules-'))
  for (const [path, content] of Object.entries(outputs())) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf('missing' in promtool)(titled('promtool', whyMissing(promtool)), () => {
  const program = 'program' in promtool ? promtool.program : ''

  test('check rules', async () => {
    const { stdout } = await run(program, [
      'check',
      'rules',
      ...below('rules/').map(path => join(folder, path)),
    ])
    expect(stdout.match(/SUCCESS/g)).toHaveLength(below('rules/').length)
  })

  // One after the other: several at once starve the tests that run beside them.
  test.each(below('rules-tests/'))('test rules %s', { timeout: 300_000 }, async path => {
    const result = await run(program, ['test', 'rules', join(folder, path)]).catch(error => error)
    expect(result).toMatchObject({ stdout: expect.stringMatching(/SUCCESS\s*$/) })
    expect(result).not.toHaveProperty('code')
  })

  test('a rule that is wrong makes its tests fail', { timeout: 300_000 }, async () => {
    const path = 'rules/practice/slo-shop-availability.yaml'
    const right = outputs()[path]!
    const wrong = right.replaceAll('> 14.4 ', '> 28.8 ')
    expect(wrong).not.toBe(right)
    const tests = 'rules-tests/practice/slo-shop-availability-pages.yaml'
    const other = mkdtempSync(join(tmpdir(), 'alerts-wrong-'))
    for (const [to, content] of Object.entries({ [path]: wrong, [tests]: outputs()[tests]! })) {
      mkdirSync(dirname(join(other, to)), { recursive: true })
      writeFileSync(join(other, to), content)
    }
    const { stdout, stderr } = await run(program, ['test', 'rules', join(other, tests)]).catch(error => error)
    rmSync(other, { recursive: true })
    expect(`${stdout}${stderr}`).toContain('FAILED')
  })
})

describe.skipIf('missing' in amtool)(titled('amtool', whyMissing(amtool)), () => {
  const program = 'program' in amtool ? amtool.program : ''
  const configs = below('alertmanager/')

  test.each(configs)('check-config %s', async path => {
    const { stdout } = await run(program, ['check-config', join(folder, path)])
    expect(stdout).toContain('SUCCESS')
  })

  test.each(
    configs.flatMap(
      path =>
        [
          [path, 'page', ['alertname=ShopAvailabilityBurn', 'slo=shop-availability', 'severity=page']],
          [path, 'ticket', ['alertname=ShopAvailabilityBurn', 'slo=shop-availability', 'severity=ticket']],
          [path, 'page', ['alertname=SloDataAbsent', 'slo=shop-latency', 'severity=page']],
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
      `--config.file=${join(folder, path)}`,
      `--verify.receivers=${receiver}`,
      ...labels,
    ])
    expect(stdout.trim()).toBe(receiver)
  })
})

function below(place: string): string[] {
  return files.filter(path => path.startsWith(place))
}
