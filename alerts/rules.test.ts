import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { selectors, syntaxProblem } from '../contract/parse.ts'
import { allMetrics } from '../contract/shop-signals.ts'
import { allStackMetrics } from '../contract/stack-signals.ts'
import { burnFactor, type Preset, presets, production, scaled } from '../contract/windows.ts'
import { type Objective, objectives } from './objectives.ts'
import { outputs, ruleGroups } from './outputs.ts'
import { isAlert, type Rule, type RuleGroup } from './rules.ts'
import { errorBudget, threshold } from './slo/budget.ts'
import { checkObjectives, checkPresets } from './slo/check.ts'
import { sloGroups } from './slo/rules.ts'

const emitted = new Set(
  [...allMetrics, ...allStackMetrics].flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  ),
)

test('burn factors are those of the workbook under every preset', () => {
  for (const preset of presets)
    expect(preset.tiers.map(tier => burnFactor(preset, tier))).toEqual(['14.4', '6', '3', '1'])
})

test('thresholds are exact decimals', () => {
  const [availability] = objectives as [Objective]
  expect(production.tiers.map(tier => threshold(availability, production, tier))).toEqual([
    '0.0144',
    '0.006',
    '0.003',
    '0.001',
  ])
})

test.each(presets)('the rules of preset $name read only what somebody writes', preset => {
  expectSound(ruleGroups(preset))
})

test('no group has more rules than the ruler of Mimir accepts by default', () => {
  for (const preset of presets)
    for (const { name, rules } of ruleGroups(preset)) expect(rules.length, name).toBeLessThanOrEqual(20)
})

test('every output parses, and says that it is generated', () => {
  for (const [path, content] of Object.entries(outputs())) {
    expect(content, path).toMatch(/^# Written by `npm run generate`/)
    for (const document of parseAllDocuments(content)) expect(document.errors, path).toEqual([])
  }
})

test('objectives and periods made at random give sound rules, or a problem that names them', () => {
  const random = seeded(20_261)
  let sound = 0
  for (let round = 0; round < 300; round++) {
    const preset = randomPreset(random)
    const given = objectives.map((objective, index) => randomObjective(objective, index, random))
    const problems = [...checkPresets([preset]), ...checkObjectives(given, [preset])]
    if (problems.length > 0) {
      for (const problem of problems) expect(problem.field).toMatch(/^(random|[a-z]+-)/)
      continue
    }
    sound += 1
    const groups = sloGroups(given, preset)
    expectSound(groups)
    for (const objective of given)
      for (const tier of preset.tiers) {
        const limit = threshold(objective, preset, tier)
        expect(limit).toMatch(/^0\.\d+$/)
        expect(Number(limit)).toBeCloseTo(
          Number(burnFactor(preset, tier)) * Number(errorBudget(objective)),
          12,
        )
        const factor = burnFactor(preset, tier)
        expect(alertsOf(groups).some(rule => rule.expr.includes(`> ${factor} and`))).toBe(true)
      }
  }
  expect(sound).toBeGreaterThan(50)
})

function expectSound(groups: readonly RuleGroup[]): void {
  const rules = groups.flatMap(group => group.rules)
  const written = new Set(rules.flatMap(rule => (isAlert(rule) ? [] : [rule.record])))
  const identities = rules.map(identity)
  expect(new Set(identities).size).toBe(identities.length)
  for (const rule of rules) {
    expect(syntaxProblem('promql', rule.expr), rule.expr).toBeUndefined()
    for (const { metric } of selectors(rule.expr))
      expect(written.has(metric.text) || emitted.has(metric.text), metric.text || rule.expr).toBe(true)
  }
  expect(new Set(groups.map(group => group.name)).size).toBe(groups.length)
}

/** Two rules of one identity would write the same series. */
function identity(rule: Rule): string {
  const name = isAlert(rule) ? `alert ${rule.alert}` : rule.record
  return JSON.stringify([name, Object.entries(rule.labels ?? {}).toSorted()])
}

function alertsOf(groups: readonly RuleGroup[]) {
  return groups.flatMap(group => group.rules).filter(isAlert)
}

function randomObjective(from: Objective, index: number, random: () => number): Objective {
  const nines = [90, 95, 98, 99, 99.5, 99.9, 99.95, 99.99, 99.999]
  return {
    ...from,
    name: `random-${index}`,
    objective: pick(nines, random),
    groupBy: random() < 0.3 ? [Object.keys(from.sli.total.metric.labels)[0]!] : [],
    traffic: { minimum: 10 ** (4 * random() - 2), minimumErrors: 1 + Math.floor(10 * random()) },
  }
}

function randomPreset(random: () => number): Preset {
  const by = pick([0.5, 1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30], random)
  return scaled(production, by, {
    name: `random-${by}`,
    title: 'made at random',
    scrapeInterval: pick([1, 2, 5, 15, 30], random),
    evaluationInterval: pick([1, 5, 15, 30], random),
    slowInterval: 60,
    cause: { window: 60, for: 60 },
  })
}

function pick<T>(from: readonly T[], random: () => number): T {
  return from[Math.floor(random() * from.length)]!
}

/** The same numbers in every run, so that a failure can be looked at. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}
