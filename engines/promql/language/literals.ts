/** What a number or a duration stands for, as Go and Prometheus read them. */

/** Undefined when it is no number: `12`, `1e3`, `0x1F`, `1_000`, `017` (octal, as in Go), `Inf`, `NaN`. */
export function parseNumber(text: string): number | undefined {
  const lower = text.toLowerCase()
  if (lower === 'inf') return Number.POSITIVE_INFINITY
  if (lower === 'nan') return Number.NaN
  if (!hasOrderlyUnderscores(lower)) return undefined
  const digits = lower.replaceAll('_', '')
  if (/^0x[0-9a-f]+$/.test(digits)) return within64Bits(BigInt(digits))
  const octal = /^0[0-7]+$/.test(digits) ? within64Bits(BigInt(`0o${digits}`)) : undefined
  if (octal !== undefined) return octal
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits)) return undefined
  const value = Number(digits)
  return Number.isFinite(value) ? value : undefined
}

function within64Bits(value: bigint): number | undefined {
  return value < 2n ** 63n ? Number(value) : undefined
}

/** Go allows an underscore between digits, and one after `0x`. */
function hasOrderlyUnderscores(text: string): boolean {
  if (!text.includes('_')) return true
  return (
    !/_(?![0-9a-f])/.test(text) &&
    !/(?<![0-9a-f]|^0x)_/.test(text) &&
    !/e_|_e/.test(text.replace(/^0x.*/, ''))
  )
}

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
/** The longest span Prometheus counts: 64 bits of nanoseconds, in milliseconds. */
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

/** `1h30m`, as Prometheus prints it: weeks and years only when nothing smaller remains. */
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
