/** Reads the command line of the load generator; every mistake says what was expected. */

import { readFileSync } from 'node:fs'
import type { ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { JourneyName } from '../../contract/budgets.ts'
import { seconds } from '../../contract/durations.ts'
import { ports } from '../../contract/ports.ts'
import { got, systemReason, wrongUse } from '../../contract/user-error.ts'
import { reachable, readConfig } from '../config.ts'
import { parseSpike, type Traffic } from './arrivals.ts'
import { defaultMix, type LoadPlan } from './generator.ts'
import { journeyNames } from './journeys.ts'
import { incomparable, type LoadResult, loadOf } from './verdict.ts'

export interface LoadOptions {
  plan: LoadPlan
  /** Where the generator's own metrics are served; port 0 for nowhere. */
  host: string
  metricsPort: number
  /** The run to compare with. */
  before?: { file: string; result: LoadResult }
  json: boolean
}

const url = () => {
  const { host, ports } = readConfig()
  return `http://${reachable(host)}:${ports.shop}`
}

export const usage = `Usage: npm run load [-- options]

Sends visitors to the shop as they come in life: at their own times, whether or not earlier ones have been served.
Prints a summary against contract/budgets.ts; exit code 1 when a budget is broken.

  --rate N             journeys per second (default 20); with --curve their mean over a day
  --duration DURATION  how long, such as 90s or 10m, or forever (default 1m); Ctrl-C ends it with the summary
  --arrivals KIND      poisson, as independent visitors come, or constant (default poisson)
  --curve daily        quiet nights and busy evenings, by the clock, instead of a flat rate
  --day DURATION       length of a day of the curve (default 24h)
  --spike SPIKE        FACTORx@START+LENGTH, such as 4x@2m+30s; may be repeated
  --mix SHARES         shares of the journeys (default ${Object.entries(defaultMix)
    .map(share => share.join('='))
    .join(',')})
  --seed N             same seed, same visitors (default 1)
  --max-in-flight N    requests that may wait at once, more are dropped and counted (default 500)
  --timeout DURATION   when a request is given up (default 10s)
  --url URL            where the shop is (default by HOST and SHOP_PORT, else http://127.0.0.1:${ports.shop.number})
  --metrics-port N     where Prometheus finds the generator's own metrics, 0 for nowhere (default ${ports.load.number})
  --compare FILE       also fail when a journey got slower than in FILE, the --json output of an earlier run
  --json               machine-readable result`

export const loadOptions = {
  rate: { type: 'string', default: '20' },
  duration: { type: 'string', default: '1m' },
  arrivals: { type: 'string', default: 'poisson' },
  curve: { type: 'string' },
  day: { type: 'string' },
  spike: { type: 'string', multiple: true, default: [] },
  mix: { type: 'string' },
  seed: { type: 'string', default: '1' },
  'max-in-flight': { type: 'string', default: '500' },
  timeout: { type: 'string', default: '10s' },
  url: { type: 'string' },
  'metrics-port': { type: 'string', default: String(ports.load.number) },
  compare: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig

type Values = ReturnType<typeof parseArgs<{ options: typeof loadOptions }>>['values']

export function readOptions(values: Values): LoadOptions {
  const plan: LoadPlan = {
    url: readUrl(values.url ?? url()),
    traffic: readTraffic(values),
    spacing: oneOf('--arrivals', values.arrivals, ['poisson', 'constant'] as const),
    duration:
      values.duration === 'forever' ? Number.POSITIVE_INFINITY : duration('--duration', values.duration),
    seed: number('--seed', values.seed, 0, 2 ** 31, true),
    mix: values.mix === undefined ? defaultMix : readMix(values.mix),
    maxInFlight: number('--max-in-flight', values['max-in-flight'], 1, 100_000, true),
    timeout: duration('--timeout', values.timeout),
  }
  const metricsPort = number('--metrics-port', values['metrics-port'], 0, 65_535, true)
  const options = { plan, host: readConfig().host, metricsPort, json: values.json }
  return values.compare === undefined ? options : { ...options, before: readBefore(values.compare, plan) }
}

function readTraffic(values: {
  rate: string
  curve?: string | undefined
  day?: string | undefined
  spike: string[]
}): Traffic {
  const traffic = {
    rate: number('--rate', values.rate, 0.001, 100_000),
    spikes: values.spike.map(parseSpike),
  }
  if (values.curve === undefined) {
    if (values.day !== undefined)
      throw wrongUse({ action: 'use --day alone', expected: '--curve daily with it' })
    return traffic
  }
  oneOf('--curve', values.curve, ['daily'])
  const day = duration('--day', values.day ?? '24h')
  return { ...traffic, day, dayOffset: (Date.now() / 1000) % day }
}

function readMix(text: string): Partial<Record<JourneyName, number>> {
  const mix: Partial<Record<JourneyName, number>> = {}
  for (const part of text.split(',')) {
    const [name = '', share = ''] = part.split('=')
    const journey = oneOf('--mix', name, journeyNames)
    if (mix[journey] !== undefined)
      throw wrongUse({ action: 'read --mix', expected: `${name} once`, got: 'it again' })
    mix[journey] = number(`--mix share of ${name}`, share, 0, 1e6)
  }
  if (Object.values(mix).every(share => share === 0))
    throw wrongUse({ action: 'read --mix', expected: 'a share above 0', got: got(text) })
  return mix
}

function readBefore(file: string, plan: LoadPlan): { file: string; result: LoadResult } {
  const refuse = (reason: string) => wrongUse(`Cannot compare with ${file}: ${reason}`)
  let result: LoadResult
  try {
    result = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch (error) {
    throw refuse(
      `expected the --json output of an earlier run, got ${error instanceof SyntaxError ? 'no JSON' : systemReason(error)}`,
    )
  }
  if (typeof result?.load !== 'object' || typeof result.journeys !== 'object' || result.journeys === null)
    throw refuse('expected the --json output of an earlier run, got other JSON')
  const problem = incomparable(result, { load: loadOf(plan) })
  if (problem !== undefined) throw refuse(problem)
  return { file, result }
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:')
    throw wrongUse({ action: 'read --url', expected: 'an http URL', got: got(text) })
  return url.origin
}

function oneOf<T extends string>(option: string, text: string, choices: readonly T[]): T {
  if (choices.includes(text as T)) return text as T
  throw wrongUse({ action: `read ${option}`, expected: `one of ${choices.join(', ')}`, got: got(text) })
}

function number(option: string, text: string, min: number, max: number, whole = false): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  throw wrongUse({
    action: `read ${option}`,
    expected: `a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`,
    got: got(text),
  })
}

function duration(option: string, text: string): number {
  const length = seconds(text)
  if (length > 0) return length
  throw wrongUse({ action: `read ${option}`, expected: 'a time above 0', got: got(text) })
}
