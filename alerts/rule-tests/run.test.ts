/** Runs every generated rule test in process, on our own evaluator, which knows promtool's format and verdicts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { practice } from '../../contract/windows.ts'
import { runUnitTests } from '../../engines/promql/replay/unit-tests.ts'
import { outputs, ruleGroups } from '../outputs.ts'
import { isAlert, plainGroups, type RuleGroup, toYaml } from '../rules.ts'

const files = outputs()
const testFiles = Object.keys(files).filter(path => path.startsWith('rules-tests/'))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rule-tests-'))
  for (const [path, content] of Object.entries(files)) if (/^rules/.test(path)) write(path, content)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('there is a file of tests for every file of rules', () => {
  const ruleFiles = Object.keys(files).filter(path => path.startsWith('rules/'))
  expect(testFiles.map(path => path.replace('rules-tests/', 'rules/')).toSorted()).toEqual(
    ruleFiles.toSorted(),
  )
})

test.each(testFiles)('%s', path => {
  const { passed, failures, unsupported } = runTests(path)
  expect([failures, unsupported.size]).toEqual([[], 0])
  expect(passed).toBe(files[path]!.match(/^ {2}- name: /gm)?.length)
})

const groupsWithAlerts = ruleGroups(practice).filter(({ rules }) => rules.some(isAlert))

test.each(groupsWithAlerts)('an alert of group $name that never fires fails its tests', group => {
  expectNoticed(group, expr => `(${expr}) > +Inf`)
})

test.each(groupsWithAlerts)('an alert of group $name that fires without reason fails its tests', group => {
  expectNoticed(group, () => 'label_replace(vector(1), "job", "shop", "", "")')
})

test('a threshold of burning twice as high fails the tests', () => {
  const path = `rules/${practice.name}/slo-shop-availability.yaml`
  const wrong = files[path]!.replaceAll('> 14.4 ', '> 28.8 ')
  expect(wrong).not.toBe(files[path])
  try {
    write(path, wrong)
    expect(runTests(path.replace('rules/', 'rules-tests/')).failures.length).toBeGreaterThan(0)
  } finally {
    write(path, files[path]!)
  }
})

function expectNoticed({ name, interval, rules }: RuleGroup, change: (expr: string) => string): void {
  const path = `rules/${practice.name}/${name}.yaml`
  try {
    for (const rule of rules.filter(isAlert)) {
      // Nothing tells an alert that always fires from one that fires without reason.
      if (change(rule.expr) === rule.expr || rule.expr === 'vector(1)') continue
      const changed = rules.map(each => (each === rule ? { ...rule, expr: change(rule.expr) } : each))
      write(path, toYaml({ groups: plainGroups([{ name, interval, rules: changed }]) }))
      const { failures } = runTests(`rules-tests/${practice.name}/${name}.yaml`)
      expect(failures.length, `${rule.alert} ${rule.labels.burn_tier ?? ''}`).toBeGreaterThan(0)
    }
  } finally {
    write(path, files[path]!)
  }
}

function runTests(path: string) {
  const file = join(folder, path)
  return runUnitTests(readFileSync(file, 'utf8'), file)
}

function write(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content)
}
