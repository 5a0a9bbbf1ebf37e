import {
  dropName,
  eachColumn,
  type Grid,
  mapSeries,
  mergeEqual,
  type VectorSeries,
} from '../../../vectors/grid.ts'
import { sortByValue } from '../../../vectors/sort.ts'
import { instantTimes } from '../selectors.ts'
import { type CallArguments, changeValues, define, secondsOf, vectorOf } from './function.ts'

const varies = { variesWithTime: true }

/** Functions that turn times, scalars and vectors into one another. */
export const conversions = {
  time: define([], { ...varies, returns: 'scalar', random: [], call: ({ grid }) => secondsOf(grid) }),
  timestamp: define(['vector'], { ...varies, random: ['selector'], call: timestamps }),
  scalar: define(['vector'], {
    returns: 'scalar',
    random: ['vector'],
    call: ({ vector, grid }) => scalarOf(vector(0), grid),
  }),
  vector: define(['scalar'], { random: ['scalar'], call: ({ scalar }) => vectorOf(scalar(0)) }),
  sort: define(['vector'], {
    random: ['vector'],
    call: ({ vector, grid }) => sortByValue(vector(0), 1, grid),
  }),
  sort_desc: define(['vector'], {
    random: ['vector'],
    call: ({ vector, grid }) => sortByValue(vector(0), -1, grid),
  }),
  minute: ofDate(date => date.getUTCMinutes()),
  hour: ofDate(date => date.getUTCHours()),
  day_of_week: ofDate(date => date.getUTCDay()),
  day_of_month: ofDate(date => date.getUTCDate()),
  day_of_year: ofDate(dayOfYear),
  days_in_month: ofDate(daysInMonth),
  month: ofDate(date => date.getUTCMonth() + 1),
  year: ofDate((date, cycles) => date.getUTCFullYear() + 400 * cycles),
}

/** The value of the one series that has one at the step, NaN if there is none or more than one. */
function scalarOf(series: readonly VectorSeries[], grid: Grid): Float64Array {
  const values = new Float64Array(grid.count).fill(Number.NaN)
  const found = new Uint8Array(grid.count)
  for (const { column } of eachColumn(series))
    for (let i = 0; i < grid.count; i++) {
      if (column.present[i] === 0) continue
      values[i] = found[i] === 0 ? column.values[i]! : Number.NaN
      found[i] = 1
    }
  return values
}

/** `timestamp(up)` is when the sample was taken; `timestamp(up + 1)` is when the expression was evaluated. */
function timestamps({ evaluation, args, vector, grid }: CallArguments): readonly VectorSeries[] {
  let arg = args[0]!
  while (arg.kind === 'paren') arg = arg.inner
  if (arg.kind === 'selector')
    return mergeEqual(
      mapSeries(instantTimes(evaluation, arg, grid), dropName, same => same),
      'step',
    )
  const seconds = secondsOf(grid)
  return changeValues(vector(0), (_, step) => seconds[step]!)
}

/** The calendar repeats every 400 years, weekdays included. */
const secondsOfCycle = 146_097n * 86_400n
const furthestDate = 8.64e12

/** A function of a Unix time in seconds, UTC; of the time of evaluation when it has no argument. */
function ofDate(field: (date: Date, cycles: number) => number) {
  const ofSeconds = (seconds: number) => {
    const whole = Math.trunc(seconds)
    if (Math.abs(whole) <= furthestDate) return field(new Date(whole * 1000), 0)
    const far = integerOf(whole)
    const within = ((far % secondsOfCycle) + secondsOfCycle) % secondsOfCycle
    return field(new Date(Number(within) * 1000), Number((far - within) / secondsOfCycle))
  }
  return define(['vector'], {
    ...varies,
    optional: 1,
    random: [['load * 86400', 'temperature * 1e6', 'vector(time())']],
    call: ({ vector, args, grid }) =>
      args.length === 0 ? vectorOf(secondsOf(grid).map(ofSeconds)) : changeValues(vector(0), ofSeconds),
  })
}

/** What does not fit 64 bits, NaN included, turns into the lowest number in Go and wraps to the far end of its calendar. */
function integerOf(whole: number): bigint {
  const fits = whole >= -(2 ** 63) && whole < 2 ** 63
  return fits ? BigInt(whole) : 2n ** 63n
}

function dayOfYear(date: Date): number {
  const first = new Date(date)
  first.setUTCMonth(0, 1)
  return (date.getTime() - first.getTime()) / 86_400_000 + 1
}

function daysInMonth(date: Date): number {
  const last = new Date(date)
  last.setUTCMonth(date.getUTCMonth() + 1, 0)
  return last.getUTCDate()
}
