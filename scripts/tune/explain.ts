/** Says of each incident of a scenario why a policy did or did not tell anybody. */
import { roundedDuration } from '../../contract/durations.ts'
import { clocks, type Resolution } from '../../tuning/clock.ts'
import {
  type Explanation,
  explain as explainMonth,
  type TierExplanation,
} from '../../tuning/explain/explain.ts'
import { playMonth } from '../../tuning/months.ts'
import { policies, policyOf } from '../../tuning/policies/index.ts'
import { aroundFirstIncident, promtoolCase } from '../../tuning/promtool.ts'
import { scenarios } from '../../tuning/scenarios/catalogue.ts'
import { moment } from '../../tuning/scenarios/check.ts'
import { command } from '../command.ts'
import { writeFiles } from '../files.ts'
import { oneOf } from '../options.ts'
import { objectivesOf, settingOf, sharedOptions, sharedUsage, userRules, wholeNumber } from './options.ts'

const usage = `Usage: npm run tune -- explain SCENARIO --policy P [options]

Says for each incident of the scenario, alert by alert, which condition held and which was how far from it; for an
incident that nobody was told of, how much longer or worse it would have had to be; and the smallest single change to
the rules that would have caught it. For what fired in vain, the smallest change that keeps it silent and misses nothing.

${sharedUsage}
  --policy P        ${policies.map(({ name }) => name).join(', ')}
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
    seed: { type: 'string', default: '1' },
    'export-promtool': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: (values, words) => {
    const name = oneOf(
      'choose a scenario',
      words[0],
      scenarios.map(scenario => scenario.name),
    )
    const scenario = scenarios.find(each => each.name === name)!
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
    console.log(values.json ? JSON.stringify(explanation, undefined, 2) : printed(explanation))
    const folder = values['export-promtool']
    if (folder !== undefined) {
      const { rules, tests } = promtoolCase(month, policy, aroundFirstIncident(month), 'rules.yaml')
      const [, written] = writeFiles(folder, { 'rules.yaml': rules, 'tests.yaml': tests })
      console.error(`Check it with: promtool test rules ${written}`)
    }
    return 0
  },
})

function printed({ scenario, policy, incidents, falseOnes }: Explanation): string {
  const lines = [`${scenario} under ${policy}`]
  for (const { id, wanted, start, end, detection, tiers, missing, change } of incidents) {
    lines.push('', `${id}, ${moment(start)} to ${moment(end)}: wanted a ${wanted}`)
    lines.push(detection === undefined ? '  nobody was told' : `  told after ${roundedDuration(detection)}`)
    lines.push(...tiers.flatMap(tierLines))
    if (missing !== undefined) {
      const { seconds, times } = missing
      lines.push(
        seconds === undefined
          ? '  However long it had lasted, nobody would have been told'
          : `  It would have been told of had it lasted ${roundedDuration(seconds)} longer`,
        times === undefined
          ? '  However many events had failed, nobody would have been told'
          : `  It would have been told of had ${times.toFixed(2)} times as many events failed`,
      )
      lines.push(
        change === undefined
          ? '  No change to a single threshold or for would have caught it'
          : `  The smallest change that would have caught it: ${change.text} (${change.extraFalse} more in vain this month)`,
      )
    }
  }
  if (incidents.length === 0) lines.push('', 'Nothing happened that anybody wanted to know of.')
  for (const { severity, from, to, change } of falseOnes)
    lines.push(
      '',
      `A ${severity} in vain, ${moment(from)} to ${to === undefined ? 'the end' : moment(to)}`,
      change === undefined
        ? '  No change to a single threshold or for keeps it silent without missing what was caught'
        : `  The smallest change that keeps it silent: ${change.text} (${change.extraFalse} more in vain this month)`,
    )
  return lines.join('\n')
}

function tierLines({
  alert,
  severity,
  tier,
  firedAfter,
  conditions,
  held,
  for: hold,
}: TierExplanation): string[] {
  const title = `  ${[severity, alert, tier].filter(Boolean).join(' ')}: ${firedAfter === undefined ? 'did not fire' : `fired after ${roundedDuration(firedAfter)}`}`
  const rest = conditions.map(({ text, value, limit, holds }) => {
    const short = text.length > 90 ? `${text.slice(0, 87)}…` : text
    if (value === undefined || limit === undefined) return `    no data    ${short}`
    return `    ${holds ? 'held      ' : 'too little'} ${Number(value.toPrecision(3))} of ${Number(limit.toPrecision(3))}  ${short}`
  })
  if (hold > 0)
    rest.push(`    all of it held for ${roundedDuration(held)} of the ${roundedDuration(hold)} it has to`)
  return [title, ...rest]
}
