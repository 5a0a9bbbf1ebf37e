/** Says of each incident of a scenario why a policy did or did not tell anybody. */
import { clocks, type Resolution } from '../../tuning/clock.ts'
import { explain as explainMonth } from '../../tuning/explain/explain.ts'
import { playMonth } from '../../tuning/months.ts'
import { policies, policyOf } from '../../tuning/policies/index.ts'
import { aroundFirstIncident, promtoolCase } from '../../tuning/promtool.ts'
import { scenarios } from '../../tuning/scenarios/catalogue.ts'
import { moment } from '../../tuning/scenarios/check.ts'
import { command } from '../command.ts'
import { writeFiles } from '../files.ts'
import { oneOf } from '../options.ts'
import { explanationLines } from './explanation.ts'
import {
  objectivesOf,
  randomMonth,
  scenariosOf,
  settingOf,
  sharedOptions,
  sharedUsage,
  userRules,
  wholeNumber,
} from './options.ts'

const usage = `Usage: npm run tune -- explain SCENARIO --policy P [options]

Says for each incident of the scenario, alert by alert, which condition held and which was how far from it; for an
incident that nobody was told of, how much longer or worse it would have had to be; and the smallest single change to
the rules that would have caught it. For what fired in vain, the smallest change that keeps it silent and misses nothing.

${sharedUsage}
  --policy P        ${policies.map(({ name }) => name).join(', ')}
  --scenario FILE   YAML with scenarios of your own
  --seed N          which month of the scenario (default 1)
  --export-promtool DIR
                    also write the hours around the first incident as a case for \`promtool test rules\`
  --json            print the explanation`

export const explain = command({
  name: 'tune -- explain',
  usage,
  options: {
    ...sharedOptions,
    policy: { type: 'string', default: 'shipped' },
    scenario: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'export-promtool': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: (values, words) => {
    const drawn = randomMonth(words[0] ?? '')
    const all = [
      ...(values.scenario === undefined ? [] : scenariosOf(values.scenario)),
      ...(drawn === undefined ? [] : [drawn]),
      ...scenarios,
    ]
    const name = oneOf(
      'choose a scenario',
      words[0],
      all.map(scenario => scenario.name),
    )
    const scenario = all.find(each => each.name === name)!
    const [objective] = objectivesOf(values.slo, ['shop-availability'])
    const file = values.rules === undefined ? undefined : userRules(values.rules)
    const setting = settingOf(values, objective!, file?.text)
    const rules =
      file === undefined
        ? policyOf(
            oneOf(
              'read --policy',
              values.policy,
              policies.map(policy => policy.name),
            ),
          )!.rules(objective!, clocks[values.resolution as Resolution])
        : file.text
    const month = playMonth(scenario, setting, wholeNumber('seed', values.seed, 1e9))
    const policy = { name: values.rules ?? values.policy, rules }
    const explanation = explainMonth(month, policy)
    console.log(
      values.json ? JSON.stringify(explanation, undefined, 2) : explanationLines(explanation, moment),
    )
    const folder = values['export-promtool']
    if (folder !== undefined) {
      const { rules, tests } = promtoolCase(month, policy, aroundFirstIncident(month), 'rules.yaml')
      const [, written] = writeFiles(folder, { 'rules.yaml': rules, 'tests.yaml': tests })
      console.error(`Check it with: promtool test rules ${written}`)
    }
    return 0
  },
})
