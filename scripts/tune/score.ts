/** Scores policies over scenarios and seeds, and holds them to declared limits. */

import { wrongUse } from '../../contract/user-error.ts'
import type { Task } from '../../tuning/months.ts'
import { policies } from '../../tuning/policies/index.ts'
import { playAll } from '../../tuning/pool.ts'
import { drawnTasks, simulationReport } from '../../tuning/report/simulation-report.ts'
import { markdownTable, terminalTable } from '../../tuning/report/table.ts'
import { scenarios } from '../../tuning/scenarios/catalogue.ts'
import { brokenLimits, type Row, scoreboard } from '../../tuning/score/board.ts'
import { command } from '../command.ts'
import { writeText } from '../files.ts'
import {
  limitOptions,
  limitsOf,
  limitUsage,
  objectivesOf,
  policyRules,
  scenariosOf,
  settingOf,
  sharedOptions,
  sharedUsage,
  userRules,
  wholeNumber,
} from './options.ts'

const usage = `Usage: npm run tune -- [options]
       npm run tune -- explain SCENARIO --policy P
       npm run tune -- suggest --slo NAME --traffic N
       npm run tune -- replay --prometheus URL --rules FILE
       npm run tune -- playground --out FILE

Plays months with known incidents, lets alerting rules run over them, and scores what they fired: how long until
somebody was told, what was missed, what woke people in vain. Times are simulated; 30 days take a tenth of a second.

${sharedUsage}
  --policy P,…      ${policies.map(({ name }) => name).join(', ')}
  --scenario S,…    ${scenarios.length} scenarios, all by default; --list shows them; random-N is one drawn
                    by chance, the same for the same N; or YAML files with your own
  --seeds N         months of each scenario that differ by chance (default 1); from 2 on, figures show ± of 95 %
  --compare A B     only these two policies, or two rule files
${limitUsage}
  --list            print the scenarios and policies
  --markdown FILE   also write the scoreboard as Markdown, - is stdout
  --html FILE       also write a report of one HTML file: trade-off, and what happened in each month
  --json            print rows of figures {mean, within}

Exit code 1 when a limit is broken.`

export const score = command({
  name: 'tune',
  usage,
  options: {
    ...sharedOptions,
    policy: { type: 'string' },
    scenario: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    compare: { type: 'boolean', default: false },
    ...limitOptions,
    list: { type: 'boolean', default: false },
    markdown: { type: 'string' },
    html: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: async (values, words) => {
    if (values.list) {
      for (const { name, title } of [...scenarios, ...policies]) console.log(`${name.padEnd(20)} ${title}`)
      return 0
    }
    if (!values.compare && words.length > 0)
      throw wrongUse({
        action: `read "${words[0]}"`,
        expected: 'explain SCENARIO, suggest, replay, playground, or options alone',
      })
    if (values.compare && words.length !== 2)
      throw wrongUse({
        action: 'compare',
        expected: 'two policies or two rule files',
        got: `${words.length}`,
      })
    const limits = limitsOf(values)
    const tasks = tasksOf(values, values.compare ? words : undefined)
    const isQuiet = values.json || !process.stderr.isTTY
    const drawn = values.html === undefined ? tasks : drawnTasks(tasks)
    const results = await playAll(drawn, done => {
      if (!isQuiet) process.stderr.write(`\r${done} of ${tasks.length} months `)
    })
    if (!isQuiet) process.stderr.write('\r\x1b[K')
    const rows = scoreboard(results)
    if (values.json) console.log(JSON.stringify(rows, undefined, 2))
    else print(rows, tasks)
    if (values.markdown !== undefined) writeText(values.markdown, markdownTable(rows))
    if (values.html !== undefined) writeText(values.html, simulationReport(rows, results, tasks))
    const broken = brokenLimits(rows, limits)
    for (const line of broken) console.error(line)
    return broken.length > 0 ? 1 : 0
  },
})

type Values = Parameters<typeof settingOf>[0] & { policy?: string; scenario?: string; seeds?: string }

/** Names with a dot or a slash are files. */
const isFile = (name: string) => /[./]/.test(name)

function tasksOf(values: Values, compared: readonly string[] | undefined): Task[] {
  const wanted = scenariosOf(values.scenario)
  const seeds = Array.from(
    { length: wholeNumber('seeds', values.seeds ?? '1', 1000) },
    (_, index) => index + 1,
  )
  const files = values.rules === undefined ? (compared ?? []).filter(isFile) : [values.rules]
  const names = compared === undefined ? values.policy : compared.filter(name => !isFile(name)).join(',')
  const ofFiles = files.flatMap(file => {
    const { text, notes } = userRules(file)
    for (const note of notes) console.error(note)
    const [objective] = objectivesOf(values.slo, ['shop-availability'])
    const setting = settingOf(values, objective!, text)
    return wanted.flatMap(scenario =>
      seeds.map(seed => ({ scenario, setting, seed, policies: [{ name: file, rules: text }] })),
    )
  })
  const isOnlyFiles =
    values.rules !== undefined ? values.policy === undefined : compared !== undefined && names === ''
  if (isOnlyFiles) return ofFiles
  const ofPolicies = objectivesOf(values.slo, ['shop-availability', 'shop-latency']).flatMap(objective => {
    const setting = settingOf(values, objective)
    const policies = policyRules(names, objective, setting.resolution)
    return wanted.flatMap(scenario => seeds.map(seed => ({ scenario, setting, seed, policies })))
  })
  return [...ofPolicies, ...ofFiles]
}

function print(rows: readonly Row[], tasks: readonly Task[]): void {
  const [{ setting }] = tasks as [Task]
  const objectives = [...new Set(tasks.map(task => task.setting.objective.name))]
  console.log(
    `${new Set(tasks.map(({ scenario }) => scenario.name)).size} scenarios of ${setting.days} days at ${setting.resolution}: ${objectives.join(', ')}\n`,
  )
  console.log(terminalTable(rows))
  for (const { policy, missed, errors } of rows) {
    if (missed.length > 0) console.log(`\n${policy} told nobody of:\n  ${missed.join('\n  ')}`)
    for (const error of errors) console.log(`\n${policy}: a rule failed: ${error}`)
  }
  console.log('\nTimes are medians. False, night and cost are per week of one service; cost is 0 at best.')
}
