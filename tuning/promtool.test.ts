/** What is simulated is what promtool says of the same rules over the same series: when each alert fires and ends. */
import { describe, expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import { versionOf } from '../engines/promql/diff/real-prometheus.ts'
import { findPromtool, titled, whyMissing } from '../test/support/programs.ts'
import { testRules, writeFiles } from '../test/support/promtool.ts'
import { clocks } from './clock.ts'
import { playMonth, usualTraffic } from './months.ts'
import { policies, usualPolicies } from './policies/index.ts'
import { aroundFirstIncident, promtoolCase } from './promtool.ts'
import { scenarios } from './scenarios/catalogue.ts'

const promtool = findPromtool()
const isLong = process.env.SIGHTLINE_LONG === '1'
const [availability, latency] = ['shop-availability', 'shop-latency'].map(
  name => objectives.find(objective => objective.name === name)!,
)
const someScenarios = ['flapping', 'scrape-gap']
const wanted = scenarios.filter(({ name, incidents }) =>
  isLong ? incidents.length > 0 : someScenarios.includes(name),
)
const tried = policies.filter(({ name }) => isLong || usualPolicies.includes(name))

describe.skipIf('missing' in promtool)(titled('promtool agrees', whyMissing(promtool)), () => {
  const program = 'program' in promtool ? promtool.program : ''
  const semantics = versionOf(program)?.startsWith('2.') ? 'prometheus-2' : 'prometheus-3'

  test.each(wanted)('on $name under every policy', { timeout: 600_000 }, async scenario => {
    const objective = scenario.incidents[0]!.effect.errors === undefined ? latency! : availability!
    const setting = {
      objective,
      resolution: '1m',
      days: 30,
      traffic: usualTraffic(objective),
      instances: 2,
    } as const
    const month = playMonth(scenario, setting, 1)
    const cases = tried.map(({ name, rules }) => {
      const policy = { name, rules: rules(objective, clocks['1m']) }
      return {
        name,
        ...promtoolCase(month, policy, aroundFirstIncident(month), `${name}.yaml`, {
          semantics,
        }),
      }
    })
    const files = writeFiles(
      Object.fromEntries(
        cases.flatMap(({ name, rules, tests }) => [
          [`${name}.yaml`, rules],
          [`${name}.test.yaml`, tests],
        ]),
      ),
    )
    try {
      for (const { name } of cases) {
        const { passed, output } = await testRules(program, files.at(`${name}.test.yaml`))
        expect(passed, `${name}: ${output.slice(0, 2000)}`).toBe(true)
      }
    } finally {
      files.remove()
    }
    if (scenario.incidents[0]!.wanted === 'page')
      expect(
        cases.flatMap(({ firings }) => firings.filter(({ firedAt }) => firedAt !== undefined)).length,
      ).toBeGreaterThan(0)
  })
})
