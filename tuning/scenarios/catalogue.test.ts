import { expect, test } from 'vitest'
import { scenarios } from './catalogue.ts'
import { scenarioProblems } from './check.ts'
import { playEvents } from './events.ts'
import { day, type Scenario } from './scenario.ts'

const play = (scenario: Scenario, scrapeInterval: number, seed = 1) =>
  playEvents(scenario, { length: 30 * day, scrapeInterval, rate: 10, instances: 2, budget: 0.001, seed })

const named = (name: string) => scenarios.find(scenario => scenario.name === name)!

test('there are at least 24 scenarios, and nothing is wrong with them', () => {
  expect(scenarios.length).toBeGreaterThanOrEqual(24)
  expect(scenarioProblems(scenarios, path => path.join('.'))).toEqual([])
})

test('what is wrong with a scenario is said, with its place', () => {
  const outage = named('outage')
  const [incident] = outage.incidents
  const twice = { ...outage, incidents: [incident!, { ...incident!, id: 'again' }] }
  const backwards = { ...outage, incidents: [{ ...incident!, end: incident!.start - 1 }] }
  const problems = (scenario: Scenario) => scenarioProblems([scenario], path => path.join('.'))
  expect(problems(twice)).toEqual([expect.stringContaining('0.incidents.1: outage')])
  expect(problems(backwards)).toEqual([expect.stringContaining('0.incidents.0: outage')])
  expect(problems({ ...outage, name: 'Not a name' })).toEqual([expect.stringContaining('lower-case words')])
})

test('an incident of seconds counts alike at every resolution', () => {
  const failures = ([...['error-spike', 'counter-resets', 'flapping']] as const).map(name => {
    const [fine, coarse] = [15, 60].map(interval => play(named(name), interval).truth.failed.at(-1)!)
    return { name, ratio: coarse! / fine! }
  })
  for (const { name, ratio } of failures) {
    expect(ratio, name).toBeGreaterThan(0.8)
    expect(ratio, name).toBeLessThan(1.25)
  }
})

test('a seed makes the same month again, and another one another', () => {
  const outage = named('outage')
  const [first, again, other] = [play(outage, 60), play(outage, 60), play(outage, 60, 2)]
  expect(again).toEqual(first)
  expect(other.truth.all.at(-1)).not.toBe(first.truth.all.at(-1))
})
