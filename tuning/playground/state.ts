/** All that somebody chooses in the playground, and how it stands in an address. */
import { type Objective, objectives } from '../../alerts/objectives.ts'
import { duration, seconds } from '../../contract/durations.ts'
import { burnFactorNumber, production, type Tier } from '../../contract/windows.ts'
import { otherTier } from '../policies/own.ts'
import { scenarios } from '../scenarios/catalogue.ts'

export interface State {
  slo: string
  /** The promised percentage of good events. */
  promise: number
  /** Events per second on average. */
  traffic: number
  minimumErrors: number
  scenario: string
  seed: number
  days: number
  instances: number
  tiers: readonly TierState[]
  /** The incident that is looked at closely; empty for the whole month. */
  incident: string
}

/** Times in seconds. */
export interface TierState {
  name: string
  isOn: boolean
  long: number
  short: number
  factor: number
  for: number
  keepFiringFor: number
}

/** What ships for an objective. */
export function usualState(slo = 'shop-availability'): State {
  const { objective, traffic } = objectiveOf(slo)
  return {
    slo,
    promise: objective,
    traffic: Number((traffic.minimum * 10).toPrecision(6)),
    minimumErrors: traffic.minimumErrors,
    scenario: 'outage',
    seed: 1,
    days: 30,
    instances: 2,
    tiers: production.tiers.map(tier => ({
      name: tier.name,
      isOn: true,
      long: tier.long,
      short: tier.short,
      factor: burnFactorNumber(production, tier),
      for: tier.for ?? 0,
      keepFiringFor: tier.keepFiringFor,
    })),
    incident: '',
  }
}

/** The objective as it is chosen; as elsewhere in the workbench, the quietest time has a tenth of the traffic. */
export function chosenObjective({ slo, promise, traffic, minimumErrors }: State): Objective {
  const minimum = Number((traffic / 10).toPrecision(6))
  return { ...objectiveOf(slo), objective: promise, traffic: { minimum, minimumErrors } }
}

/** The tiers that are on, as `contract/windows.ts` has them. */
export function chosenTiers({ tiers }: State): Tier[] {
  return tiers.flatMap(({ name, isOn, for: hold, ...chosen }) =>
    isOn ? [otherTier(name, { ...chosen, hold })] : [],
  )
}

const numbers = {
  promise: { least: 50, most: 99.999, isWhole: false },
  traffic: { least: 0.001, most: 1e6, isWhole: false },
  minimumErrors: { least: 1, most: 1000, isWhole: true },
  seed: { least: 1, most: 1e9, isWhole: true },
  days: { least: 1, most: 90, isWhole: true },
  instances: { least: 1, most: 10, isWhole: true },
} as const

type NumberField = keyof typeof numbers

/** `slo=shop-availability&…&fast=1h,5m,14.4,0s,5m`: long, short, factor, for and keep_firing_for. */
export function writeState({ tiers, ...rest }: State): string {
  const query = new URLSearchParams(
    Object.entries(rest).flatMap(([name, value]): [string, string][] =>
      value === '' ? [] : [[name, String(value)]],
    ),
  )
  for (const { name, isOn, long, short, factor, for: hold, keepFiringFor } of tiers)
    query.set(
      name,
      [
        ...(isOn ? [] : ['off']),
        ...[long, short].map(written),
        factor,
        ...[hold, keepFiringFor].map(written),
      ].join(','),
    )
  return query.toString().replaceAll('%2C', ',')
}

/** What cannot be read stays as it ships, and is named. */
export function readState(text: string): { state: State; problems: string[] } {
  const query = new URLSearchParams(text.replace(/^.*#/s, ''))
  const problems: string[] = []
  const refuse = (name: string, expected: string) =>
    problems.push(`Cannot read ${name} of the address: expected ${expected}, got "${query.get(name)}"`)
  const choice = (name: string, known: readonly string[], usual: string) => {
    const asked = query.get(name)
    if (asked !== null && !known.includes(asked)) refuse(name, `one of ${known.join(', ')}`)
    return asked !== null && known.includes(asked) ? asked : usual
  }
  const slo = choice(
    'slo',
    objectives.map(({ name }) => name),
    'shop-availability',
  )
  const state = usualState(slo)
  state.scenario = choice(
    'scenario',
    scenarios.map(({ name }) => name),
    state.scenario,
  )
  const incidents = scenarios.find(({ name }) => name === state.scenario)!.incidents.map(({ id }) => id)
  state.incident = choice('incident', incidents, '')
  for (const name of Object.keys(numbers) as NumberField[]) {
    const asked = query.get(name)
    if (asked === null) continue
    const { least, most, isWhole } = numbers[name]
    const value = asked.trim() === '' ? Number.NaN : Number(asked)
    if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) state[name] = value
    else refuse(name, `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`)
  }
  state.tiers = state.tiers.map(tier => {
    const asked = query.get(tier.name)
    const read = asked === null ? tier : tierFrom(tier.name, asked)
    if (read === undefined)
      refuse(tier.name, 'long and short window, factor, for and keep_firing_for, such as 1h,5m,14.4,0s,5m')
    return read ?? tier
  })
  const known = [...Object.keys(state), ...state.tiers.map(({ name }) => name)]
  for (const name of new Set(query.keys()))
    if (!known.includes(name)) refuse(name, `one of ${known.join(', ')}`)
  return { state, problems }
}

function tierFrom(name: string, text: string): TierState | undefined {
  const parts = text.split(',')
  const isOn = parts[0] !== 'off'
  const [long, short, factor, hold, keep] = (isOn ? parts : parts.slice(1)).map((part, place) =>
    place === 2 ? Number(part || Number.NaN) : secondsOf(part),
  ) as [number, number, number, number, number]
  const isRight =
    parts.length === (isOn ? 5 : 6) &&
    [long, short].every(each => each >= 60 && each <= 29 * 86_400) &&
    factor > 0 &&
    factor <= 10_000 &&
    [hold, keep].every(each => each >= 0 && each <= 7 * 86_400)
  return isRight ? { name, isOn, long, short, factor, for: hold, keepFiringFor: keep } : undefined
}

function secondsOf(text: string): number {
  try {
    const value = seconds(text)
    return Number.isInteger(value) ? value : Number.NaN
  } catch {
    return Number.NaN
  }
}

function written(value: number): string {
  return value === 0 ? '0s' : duration(value)
}

function objectiveOf(slo: string): Objective {
  return objectives.find(({ name }) => name === slo)!
}
