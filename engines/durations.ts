/** Durations as Prometheus writes them, `1h30m`, as milliseconds. */

const units = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
}
const durationForm = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/
/** The longest duration Go's 64 bits of nanoseconds hold. */
export const longestDuration = 2 ** 63 / 1e6

/** Milliseconds; undefined when it is no duration such as `1h30m` (units from y to ms, each at most once, in order). */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0
  const match = durationForm.exec(text)
  if (match === null || text === '') return undefined
  const total = Object.values(units).reduce(
    (sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit,
    0,
  )
  return total < longestDuration ? total : undefined
}

/** `1h30m`; weeks and years only when nothing smaller remains. */
export function printDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  let rest = Math.abs(milliseconds)
  let text = milliseconds < 0 ? '-' : ''
  for (const [unit, length] of Object.entries(units)) {
    const isExact = rest % length === 0
    if (rest < length || ((unit === 'y' || unit === 'w') && !isExact)) continue
    text += `${Math.floor(rest / length)}${unit}`
    rest %= length
  }
  return text
}
