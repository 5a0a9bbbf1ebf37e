import { byLabels } from '../../../labels.ts'
import {
  dropName,
  eachColumn,
  type Grid,
  mapSeries,
  mergeEqual,
  type VectorSeries,
} from '../../../vectors/grid.ts'
import { sortByValue } from '../../../vectors/sort.ts'
import type { Evaluation } from '../evaluation.ts'
import { warnOfSort } from '../notes.ts'
import { instantTimes } from '../selectors.ts'
import { type CallArguments, changeValues, define, secondsOf, vectorOf } from './function.ts'

const varies = { variesWithTime: true }

/** Functions that turn times, scalars and vectors into one another. */
export const conversions = {
  time: define([], { ...varies, returns: 'scalar', random: [], call: ({ grid }) => secondsOf(grid) }),
  start: ofQuery(({ start }) => start),
  end: ofQuery(({ end }) => end),
  step: ofQuery(({ step }) => step),
  range: ofQuery(({ start, end }) => end - start),
  timestamp: define(['vector'], { ...varies, random: ['selector'], call: timestamps }),
  scalar: define(['vector'], {
    returns: 'scalar',
    random: ['vector'],
    call: ({ vector, grid }) => scalarOf(vector(0), grid),
  }),
  vector: define(['scalar'], { random: ['scalar'], call: ({ scalar }) => vectorOf(scalar(0)) }),
  sort: define(['vector'], { random: ['vector'], call: args => sorted(args, 1) }),
  sort_desc: define(['vector'], { random: ['vector'], call: args => sorted(args, -1) }),
  sort_by_label: byLabelValues(1),
  sort_by_label_desc: byLabelValues(-1),
  minute: ofDate(date => date.getUTCMinutes()),
  hour: ofDate(date => date.getUTCHours()),
  day_of_week: ofDate(date => date.getUTCDay()),
  day_of_month: ofDate(date => date.getUTCDate()),
  day_of_year: ofDate(dayOfYear),
  days_in_month: ofDate(daysInMonth),
  month: ofDate(date => date.getUTCMonth() + 1),
  year: ofDate((date, cycles) => date.getUTCFullYear() + 400 * cycles),
}

/** A time of the query itself, in seconds. */
function ofQuery(pick: (query: Evaluation) => number) {
  return define([], {
    isExperimental: true,
    variesWithQuery: true,
    returns: 'scalar',
    random: [],
    call: ({ evaluation, grid }) => new Float64Array(grid.count).fill(pick(evaluation) / 1000),
  })
}

function sorted({ vector, evaluation, grid }: CallArguments, direction: 1 | -1) {
  warnOfRange(evaluation, grid)
  return sortByValue(vector(0), direction, grid)
}

/** By the values of labels, numbers in them as numbers: "a2" comes before "a10". */
function byLabelValues(direction: 1 | -1) {
  return define(['vector', 'string'], {
    isExperimental: true,
    optional: 'repeated',
    random: ['vector', ['"job"', '"instance", "code"', '"absent"']],
    call({ vector, text, args, evaluation, grid }) {
      warnOfRange(evaluation, grid)
      const names = args.slice(1).map((_, index) => text(index + 1))
      const compare = (a: VectorSeries, b: VectorSeries) => {
        for (const name of names) {
          const [left, right] = [a.labels.get(name) ?? '', b.labels.get(name) ?? '']
          if (left !== right) return comesBeforeNaturally(left, right) ? -1 : 1
        }
        return byLabels(a, b)
      }
      return vector(0).toSorted((a, b) => direction * compare(a, b))
    },
  })
}

/** Also within a subquery, whose steps are a range even where there is one of them. */
function warnOfRange({ notes, semantics, start }: Evaluation, grid: Grid): void {
  const isRange = grid.count > 1 || grid.start !== start
  if (isRange && semantics === 'prometheus-3') warnOfSort(notes)
}

function comesBeforeNaturally(a: string, b: string): boolean {
  const parts = (text: string): readonly string[] => text.match(/\d+|\D+/g) ?? []
  const [left, right] = [parts(a), parts(b)]
  for (const [index, part] of left.entries()) {
    const other = right[index]
    if (other === undefined) return false
    const areNumbers = /^\d/.test(part) && /^\d/.test(other)
    if (areNumbers ? Number(part) !== Number(other) : part !== other)
      return areNumbers ? Number(part) < Number(other) : part < other
    if (index === left.length - 1) return true
  }
  return false
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
