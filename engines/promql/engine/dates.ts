/** Functions of a Unix time in seconds, UTC. */
export const dateFunctions: ReadonlyMap<string, (seconds: number) => number> = new Map([
  ['minute', of(date => date.getUTCMinutes())],
  ['hour', of(date => date.getUTCHours())],
  ['day_of_week', of(date => date.getUTCDay())],
  ['day_of_month', of(date => date.getUTCDate())],
  ['day_of_year', of(dayOfYear)],
  ['days_in_month', of(daysInMonth)],
  ['month', of(date => date.getUTCMonth() + 1)],
  ['year', of((date, cycles) => date.getUTCFullYear() + 400 * cycles)],
])

/** The calendar repeats every 400 years, weekdays included. */
const secondsOfCycle = 146_097n * 86_400n
const furthestDate = 8.64e12

function of(field: (date: Date, cycles: number) => number): (seconds: number) => number {
  return seconds => {
    const whole = Math.trunc(seconds)
    if (Math.abs(whole) <= furthestDate) return field(new Date(whole * 1000), 0)
    const far = integerOf(whole)
    const within = ((far % secondsOfCycle) + secondsOfCycle) % secondsOfCycle
    return field(new Date(Number(within) * 1000), Number((far - within) / secondsOfCycle))
  }
}

/** What does not fit 64 bits, NaN included, turns into the lowest number in Go and wraps to the far end of its calendar. */
function integerOf(whole: number): bigint {
  const fits = whole >= -(2 ** 63) && whole < 2 ** 63
  return fits ? BigInt(whole) : 2n ** 63n
}

function dayOfYear(date: Date): number {
  const first = new Date(date)
  first.setUTCMonth(0, 1)
  return Math.round((date.getTime() - first.getTime()) / 86_400_000) + 1
}

function daysInMonth(date: Date): number {
  const last = new Date(date)
  last.setUTCDate(1)
  last.setUTCMonth(date.getUTCMonth() + 1)
  last.setUTCDate(0)
  return last.getUTCDate()
}
