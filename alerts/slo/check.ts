/** Finds everything wrong with objectives and presets before a single rule is written. */
import { decimal, isAtLeast } from '../../contract/decimal.ts'
import { duration } from '../../contract/durations.ts'
import { burnFactor, lookback, type Preset, type Tier } from '../../contract/windows.ts'
import type { AnyObjective, Selection } from '../objectives.ts'
import { threshold } from './budget.ts'

interface Problem {
  file: string
  /** Path of the field, such as `shop-latency.sli.threshold`. */
  field: string
  expected: string
  got: string
}

export function describe({ file, field, expected, got }: Problem): string {
  return `${file}: ${field}: expected ${expected}, got ${got}`
}

export function checkObjectives(
  objectives: readonly AnyObjective[],
  presets: readonly Preset[],
  file = 'alerts/objectives.ts',
): Problem[] {
  return [
    ...duplicates(
      objectives.map(each => each.name),
      file,
    ),
    ...objectives.flatMap(objective => [
      ...objectiveProblems(objective, file),
      ...presets.flatMap(preset => trafficProblems(objective, preset, file)),
    ]),
  ]
}

export function checkPresets(presets: readonly Preset[], file = 'contract/windows.ts'): Problem[] {
  return [
    ...duplicates(
      presets.map(each => each.name),
      file,
    ),
    ...presets.flatMap(preset => presetProblems(preset, file)),
  ]
}

function duplicates(names: readonly string[], file: string): Problem[] {
  const repeated = names.filter((name, index) => names.indexOf(name) !== index)
  return [...new Set(repeated)].map(name => ({
    file,
    field: name,
    expected: 'every name once',
    got: `${names.filter(each => each === name).length} of this name`,
  }))
}

function objectiveProblems(objective: AnyObjective, file: string): Problem[] {
  const problems: Problem[] = []
  const report = (field: string, expected: string, got: unknown) =>
    problems.push({ file, field: `${objective.name || '(no name)'}.${field}`, expected, got: String(got) })
  const { sli, traffic } = objective
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(objective.name))
    report('name', 'lower-case words joined by hyphens', `"${objective.name}"`)
  if (!(objective.objective > 0 && objective.objective < 100))
    report('objective', 'more than 0 and less than 100 per cent', objective.objective)
  for (const field of ['service', 'owner', 'title', 'description'] as const)
    if (objective[field].trim() === '') report(field, 'a text', '""')
  if (sli.kind !== 'queries') selectionProblems(sli.total, 'sli.total', report)
  if ('failed' in sli) selectionProblems(sli.failed, 'sli.failed', report)
  for (const label of objective.groupBy)
    if (sli.kind !== 'queries' && !labelsOf(sli.total).includes(label))
      report(
        'groupBy',
        `a label of ${sli.total.metric.name}: ${labelsOf(sli.total).join(', ')}`,
        `"${label}"`,
      )
  if ('threshold' in sli && !sli.total.metric.buckets?.includes(sli.threshold))
    report(
      'sli.threshold',
      `a bucket of ${sli.total.metric.name}: ${sli.total.metric.buckets?.join(', ') ?? 'it has none'}`,
      sli.threshold,
    )
  if (!(traffic.minimum > 0)) report('traffic.minimum', 'more than 0 events per second', traffic.minimum)
  if (!(Number.isInteger(traffic.minimumErrors) && traffic.minimumErrors > 0))
    report('traffic.minimumErrors', 'a whole number above 0', traffic.minimumErrors)
  return problems
}

type Report = (field: string, expected: string, got: unknown) => void

function selectionProblems(selection: Selection, field: string, report: Report): void {
  if (selection.metric.kind === 'gauge')
    report(field, 'a counter or a histogram', `the gauge ${selection.metric.name}`)
  const known = labelsOf(selection)
  for (const label of Object.keys(selection.where))
    if (!known.includes(label))
      report(`${field}.where`, `a label of ${selection.metric.name}: ${known.join(', ')}`, `"${label}"`)
}

function labelsOf({ metric }: Selection): string[] {
  return [...Object.keys(metric.labels), 'job', 'instance']
}

function trafficProblems(objective: AnyObjective, preset: Preset, file: string): Problem[] {
  const problems: Problem[] = []
  const budget = 1 - objective.objective / 100
  if (!(budget > 0 && budget < 1)) return []
  const { minimum, minimumErrors } = objective.traffic
  const never = tiersThatNeverFire(objective, preset)
  for (const tier of preset.tiers) {
    const report = (field: string, expected: string, got: unknown) =>
      problems.push({
        file,
        field: `${objective.name}.${field} (tier ${tier.name} of preset ${preset.name})`,
        expected,
        got: String(got),
      })
    const limit = Number(threshold(objective, preset, tier))
    if (never.includes(tier) && objective.alerting === undefined)
      report(
        'objective',
        `a threshold of ${burnFactor(preset, tier)} × ${short(budget)} below 1, or the tier never fires`,
        short(limit),
      )
    else if (!never.includes(tier) && minimumErrors < 2 && minimum * tier.long < 1 / limit)
      report(
        'traffic',
        `at least ${short(1 / limit / tier.long)} events/s or 2 minimum errors, or one error fires the tier`,
        `${minimum} events/s and ${minimumErrors}`,
      )
    if (minimum * tier.long < minimumErrors)
      report(
        'traffic.minimumErrors',
        `at most the ${short(minimum * tier.long)} events of ${duration(tier.long)}, or a total outage stays silent`,
        minimumErrors,
      )
  }
  return problems
}

/** The tiers whose threshold no error ratio can exceed, as at 14.4 times a budget of 10 %. */
export function tiersThatNeverFire(objective: AnyObjective, preset: Preset): Tier[] {
  return preset.tiers.filter(tier => isAtLeast(decimal(threshold(objective, preset, tier)), decimal(1)))
}

function presetProblems(preset: Preset, file: string): Problem[] {
  const problems: Problem[] = []
  const report: Report = (field, expected, got) =>
    problems.push({ file, field: `${preset.name}.${field}`, expected, got: String(got) })
  const tierReport: (tier: Tier) => Report = tier => (field, expected, got) =>
    report(`tiers.${tier.name}.${field}`, expected, got)
  const scrapes = (window: number) => short(window / preset.scrapeInterval)
  for (const [field, value] of wholeSeconds(preset))
    if (!(Number.isInteger(value) && value >= 0)) report(field, 'whole seconds', value)
  if (preset.base < 4 * preset.scrapeInterval)
    report('base', `at least 4 scrapes of ${preset.scrapeInterval} s`, `${scrapes(preset.base)} scrapes`)
  if (preset.slowInterval >= lookback)
    report('slowInterval', `less than ${lookback} s, or its series have gaps`, `${preset.slowInterval} s`)
  if (preset.slowInterval % preset.evaluationInterval !== 0)
    report(
      'slowInterval',
      `a multiple of the evaluation interval of ${preset.evaluationInterval} s`,
      `${preset.slowInterval} s`,
    )
  if (preset.period > preset.retention)
    report('retention', `at least the period of ${preset.period} s`, `${preset.retention} s`)
  if (preset.tiers.length === 0) report('tiers', 'at least one tier', 'none')
  for (const tier of preset.tiers) {
    const reportTier = tierReport(tier)
    if (tier.short < 4 * preset.scrapeInterval)
      reportTier(
        'short',
        `at least 4 scrapes of ${preset.scrapeInterval} s`,
        `${scrapes(tier.short)} scrapes`,
      )
    if (tier.short >= tier.long)
      reportTier('short', `less than the long window of ${tier.long} s`, tier.short)
    if (tier.long >= preset.period)
      reportTier('long', `less than the period of ${preset.period} s`, `${tier.long} s`)
    if (tier.long > preset.retention)
      reportTier('long', `at most the retention of ${preset.retention} s`, `${tier.long} s`)
    if (!(tier.budget > 0 && tier.budget < 1)) reportTier('budget', 'a share between 0 and 1', tier.budget)
    else if (burnFactorProblem(preset, tier) !== undefined)
      reportTier('budget', 'a burn factor that ends as a decimal', burnFactorProblem(preset, tier))
  }
  return problems
}

function wholeSeconds(preset: Preset): [string, number][] {
  const { period, scrapeInterval, evaluationInterval, slowInterval, retention, base, rawUpTo, denseUpTo } =
    preset
  const own = {
    period,
    scrapeInterval,
    evaluationInterval,
    slowInterval,
    retention,
    base,
    rawUpTo,
    denseUpTo,
  }
  return [
    ...Object.entries(own),
    ...preset.tiers.flatMap(({ name, long, short, keepFiringFor, history }) =>
      Object.entries({ long, short, keepFiringFor, history }).map(([field, value]): [string, number] => [
        `tiers.${name}.${field}`,
        value,
      ]),
    ),
  ]
}

function burnFactorProblem(preset: Preset, tier: Tier): string | undefined {
  try {
    burnFactor(preset, tier)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
