/** Options that the verbs of `npm run tune` have in common, as what they stand for. */
import { type Objective, objectives } from '../../alerts/objectives.ts'
import { UserError, wrongUse } from '../../contract/user-error.ts'
import { RuleFileError } from '../../engines/promql/rules/groups.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { clocks, type Resolution } from '../../tuning/clock.ts'
import type { PolicyRules, Setting } from '../../tuning/month.ts'
import { usualTraffic } from '../../tuning/months.ts'
import { policies, policyOf, usualPolicies } from '../../tuning/policies/index.ts'
import { readingOf } from '../../tuning/policies/user-file.ts'
import { scenarios } from '../../tuning/scenarios/catalogue.ts'
import { readScenarios } from '../../tuning/scenarios/read.ts'
import type { Scenario } from '../../tuning/scenarios/scenario.ts'
import { drawScenario } from '../../tuning/suggest/draw.ts'
import { readText } from '../files.ts'
import { chosen, oneOf, time } from '../options.ts'

export const sharedOptions = {
  slo: { type: 'string' },
  rules: { type: 'string' },
  days: { type: 'string', default: '30' },
  traffic: { type: 'string' },
  instances: { type: 'string', default: '2' },
  resolution: { type: 'string', default: '1m' },
} as const

interface SharedValues {
  slo?: string | undefined
  rules?: string | undefined
  days?: string | undefined
  traffic?: string | undefined
  instances?: string | undefined
  resolution?: string | undefined
}

export const sharedUsage = `  --slo NAME        objective: ${objectives.map(({ name }) => name).join(', ')}
  --rules FILE      a Prometheus rule file, whole and as it stands, in place of the built-in policies
  --days N          length of a month (default 30)
  --traffic N       events per second on average (default: ten times the objective's minimum)
  --instances N     instances of the service (default 2)
  --resolution R    1m (default): scrape and evaluate once a minute; 15s: scrape every 15s, evaluate every 30s`

export const limitOptions = {
  'max-false-pages': { type: 'string' },
  'min-recall': { type: 'string' },
  'max-detection': { type: 'string' },
} as const

export const limitUsage = `  --max-false-pages N, --min-recall R, --max-detection D
                    limits that every policy must keep: a number a week, a share such as 0.9, a duration such as 10m`

export function limitsOf(values: { [name in keyof typeof limitOptions]?: string | undefined }) {
  return {
    falsePages: limit('max-false-pages', values['max-false-pages'], 'number'),
    recall: limit('min-recall', values['min-recall'], 'share'),
    detection: limit('max-detection', values['max-detection'], 'duration'),
  }
}

export function settingOf(values: SharedValues, objective: Objective, ruleFile?: string): Setting {
  const resolution = oneOf<Resolution>(
    'read --resolution',
    values.resolution,
    Object.keys(clocks) as Resolution[],
  )
  return {
    objective,
    resolution,
    days: number('days', values.days ?? '30', 400),
    traffic: values.traffic === undefined ? usualTraffic(objective) : number('traffic', values.traffic, 1e6),
    instances: wholeNumber('instances', values.instances ?? '2', 100),
    ...(ruleFile === undefined ? {} : { ruleFile }),
  }
}

export function objectivesOf(slo: string | undefined, byDefault: readonly string[]): Objective[] {
  const names = chosen(
    'slo',
    slo ?? byDefault.join(','),
    objectives.map(({ name }) => name),
  )
  return names.map(name => objectives.find(objective => objective.name === name)!)
}

/** Names of the catalogue, months drawn by chance, and files of a user's own: those have a dot or a slash in their name. */
export function scenariosOf(names: string | undefined): Scenario[] {
  const words = names?.split(',').map(word => word.trim())
  const found = (words ?? ['']).flatMap(word => {
    if (/[./]/.test(word)) return readScenarios(word, readText(word, 'a file of scenarios'))
    const drawn = randomMonth(word)
    if (drawn !== undefined) return [drawn]
    const wanted = chosen(
      'scenario',
      words === undefined ? undefined : word,
      scenarios.map(({ name }) => name),
    )
    return wanted.map(name => scenarios.find(scenario => scenario.name === name)!)
  })
  const twice = found.find(({ name }, index) => found.findIndex(each => each.name === name) < index)
  if (twice === undefined) return found
  throw wrongUse({ action: 'read --scenario', expected: 'every name once', got: `"${twice.name}" again` })
}

/** `random-7` is the seventh of the months that are drawn by chance. */
export function randomMonth(word: string): Scenario | undefined {
  const [, seed] = /^random-(\d{1,9})$/.exec(word) ?? []
  return seed === undefined ? undefined : drawScenario(Number(seed))
}

export function policyRules(
  names: string | undefined,
  objective: Objective,
  resolution: Resolution,
): PolicyRules[] {
  const wanted = chosen(
    'policy',
    names ?? usualPolicies.join(','),
    policies.map(({ name }) => name),
  )
  return wanted.map(name => ({ name, rules: policyOf(name)!.rules(objective, clocks[resolution]) }))
}

/** The file's text, once it is known to be a rule file that scenarios can say something about. */
export function userRules(file: string): { text: string; notes: string[] } {
  const text = readText(file, 'a Prometheus rule file')
  const groups = loaded(text, file)
  const { shown, unknown } = readingOf(groups)
  const alerts = groups.flatMap(({ rules }) => rules).filter(({ kind }) => kind === 'alerting')
  if (alerts.length === 0)
    throw new UserError({ action: `score ${file}`, expected: 'at least one alert', got: 'none' })
  if (shown.length === 0)
    throw new UserError({
      action: `score ${file}`,
      expected: 'rules that read a counter or a histogram, named …_total, …_count or …_bucket',
      got: unknown.map(({ metric }) => metric).join(', ') || 'rules that read no series',
    })
  return {
    text,
    notes: unknown.map(
      ({ metric, rules }) =>
        `${file}: no scenario shows ${metric}, so what reads it sees nothing: ${rules.join(', ')}`,
    ),
  }
}

export function loaded(text: string, file: string) {
  try {
    return loadRules(text, file)
  } catch (error) {
    throw error instanceof RuleFileError ? new UserError(error.message) : error
  }
}

function number(option: string, text: string, most: number): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value <= most) return value
  throw wrongUse({
    action: `read --${option}`,
    expected: `a number above 0, ${most} at most`,
    got: `"${text}"`,
  })
}

export function wholeNumber(option: string, text: string, most: number): number {
  const value = number(option, text, most)
  if (Number.isInteger(value)) return value
  throw wrongUse({ action: `read --${option}`, expected: 'a whole number above 0', got: `"${text}"` })
}

function limit(
  option: string,
  text: string | undefined,
  kind: 'number' | 'share' | 'duration',
): number | undefined {
  if (text === undefined) return undefined
  if (kind === 'duration') return time(option, text)
  const value = Number(text)
  const most = kind === 'share' ? 1 : Number.POSITIVE_INFINITY
  if (text.trim() !== '' && value >= 0 && value <= most) return value
  const expected = kind === 'share' ? 'a share from 0 to 1' : 'a number, 0 or more'
  throw wrongUse({ action: `read --${option}`, expected, got: `"${text}"` })
}
