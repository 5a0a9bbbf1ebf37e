/** One objective at one traffic, as `suggest.long.test.ts` has it for three of each. */
import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { objectives } from '../../alerts/objectives.ts'
import { findPromtool, titled, use, whyMissing } from '../../test/support/programs.ts'
import { writeFiles } from '../../test/support/promtool.ts'
import { clocks } from '../clock.ts'
import { ownPolicy } from '../policies/own.ts'
import { scenarioProblems } from '../scenarios/check.ts'
import { worseThanShipped } from './against-shipped.ts'
import { drawScenario } from './draw.ts'
import { frontOf } from './figures.ts'
import { suggest } from './suggest.ts'

const objective = objectives.find(({ name }) => name === 'shop-availability')!

test('the 200 scenarios drawn for the search are valid and all different', () => {
  const drawn = Array.from({ length: 200 }, (_, seed) => drawScenario(seed + 1))
  expect(scenarioProblems(drawn, path => path.join('.'))).toEqual([])
  expect(new Set(drawn.map(({ incidents }) => JSON.stringify(incidents))).size).toBe(200)
  const wanted = new Set(drawn.flatMap(({ incidents }) => incidents.map(incident => incident.wanted)))
  expect([...wanted].toSorted()).toEqual(['nothing', 'page', 'ticket'])
})

test('a front has only points that no other point beats in one figure without being worse in the other', () => {
  const points = [
    { wait: 60, falseOnes: 3 },
    { wait: 120, falseOnes: 1 },
    { wait: 130, falseOnes: 1 },
    { wait: 90, falseOnes: 3.5 },
    { wait: 60, falseOnes: 4 },
    { wait: 500, falseOnes: 0 },
  ]
  expect(frontOf(points, point => point)).toEqual([points[0], points[1], points[5]])
})

const promtool = findPromtool()

describe.skipIf('missing' in promtool)(titled('promtool', whyMissing(promtool)), () => {
  test('what is found is nowhere worse than what ships on scenarios it never saw, and promtool takes it', {
    timeout: 120_000,
  }, async () => {
    const size = { days: 30, instances: 2, months: 20, seeds: 1 }
    const suggestion = await suggest({ objective, traffic: 10, resolution: '1m', ...size }, () => {})
    const { choices, chosen, reasons } = suggestion
    expect(choices.length).toBeGreaterThan(1)
    expect(worseThanShipped(suggestion)).toEqual([])
    expect(choices.map(({ definition }) => JSON.stringify(definition))).toHaveLength(
      new Set(choices.map(({ definition }) => JSON.stringify(definition))).size,
    )
    expect(reasons.map(({ choice }) => choice)).toEqual([
      'minimumErrors',
      ...choices[chosen]!.definition.tiers.flatMap(({ name }) =>
        ['long', 'short', 'factor', 'for', 'keepFiringFor'].map(field => `${name}.${field}`),
      ),
    ])
    const files = writeFiles(
      Object.fromEntries(
        choices.map(({ definition }, index) => [
          `${index}.yaml`,
          ownPolicy('found', 'found', 'a search', definition).rules(suggestion.objective, clocks['15s']),
        ]),
      ),
    )
    try {
      for (const index of choices.keys())
        expect(
          String(execFileSync(use(promtool).program, ['check', 'rules', files.at(`${index}.yaml`)])),
        ).toContain('SUCCESS')
    } finally {
      files.remove()
    }
  })
})
