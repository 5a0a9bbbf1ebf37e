/** Numbers as Grafana writes them: scaled to the unit's prefix, with as many decimals as matter. */

interface Scale {
  /** From the smallest to the largest, each with the number that is one of it. */
  units: readonly (readonly [size: number, suffix: string])[]
}

const time: Scale = {
  units: [
    [1e-9, ' ns'],
    [1e-6, ' µs'],
    [1e-3, ' ms'],
    [1, ' s'],
    [60, ' min'],
    [3600, ' hour'],
    [86_400, ' day'],
    [604_800, ' week'],
    [31_536_000, ' year'],
  ],
}

const counted = (suffix: string): Scale => ({
  units: [
    [1, suffix && ` ${suffix}`],
    [1e3, suffix ? ` K${suffix}` : ' K'],
    [1e6, suffix ? ` M${suffix}` : ' Mil'],
    [1e9, suffix ? ` G${suffix}` : ' Bil'],
    [1e12, suffix ? ` T${suffix}` : ' Tri'],
  ],
})

const perSecond = (suffix: string): Scale => ({
  units: [
    [1, ` ${suffix}`],
    [1e3, `K ${suffix}`],
    [1e6, `M ${suffix}`],
    [1e9, `B ${suffix}`],
  ],
})

const bytes = (base: number, prefix: string, suffix: string): Scale => ({
  units: ['', 'K', 'M', 'G', 'T', 'P'].map((letter, index) => [
    base ** index,
    ` ${letter === '' ? '' : letter + prefix}${suffix}`,
  ]),
})

/** `ms` is the scale of seconds, begun elsewhere. */
const shifted = ({ units }: Scale, factor: number): Scale => ({
  units: units.map(([size, suffix]) => [size * factor, suffix] as const),
})

const scales: Readonly<Record<string, Scale>> = {
  short: counted(''),
  s: time,
  ms: shifted(time, 1e3),
  µs: shifted(time, 1e6),
  us: shifted(time, 1e6),
  ns: shifted(time, 1e9),
  m: shifted(time, 1 / 60),
  h: shifted(time, 1 / 3600),
  d: shifted(time, 1 / 86_400),
  bytes: bytes(1024, 'i', 'B'),
  decbytes: bytes(1000, '', 'B'),
  bits: bytes(1024, 'i', 'b'),
  decbits: bytes(1000, '', 'b'),
  Bps: bytes(1000, '', 'B/s'),
  binBps: bytes(1024, 'i', 'B/s'),
  bps: bytes(1000, '', 'b/s'),
  hertz: counted('Hz'),
  reqps: perSecond('req/s'),
  rps: perSecond('rd/s'),
  wps: perSecond('wr/s'),
  ops: perSecond('ops/s'),
  cps: perSecond('c/s'),
  eps: perSecond('events/s'),
  mps: perSecond('msg/s'),
  iops: perSecond('iops'),
}

/** `trim` leaves out zeros at the end, for axes. */
export function formatValue(value: number, unit = 'none', decimals?: number, trim = false): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (unit === 'percentunit') return `${fixed(value * 100, decimals, trim)}%`
  if (unit === 'percent') return `${fixed(value, decimals, trim)}%`
  if (unit === 'dthms') return clock(value)
  if (unit === 'dtdurations' || unit === 'dtdurationms')
    return words(unit === 'dtdurations' ? value : value / 1000, decimals ?? 0)
  if (unit === 'bool') return value === 0 ? 'False' : 'True'
  if (unit === 'bool_yes_no') return value === 0 ? 'No' : 'Yes'
  if (unit === 'bool_on_off') return value === 0 ? 'Off' : 'On'
  if (unit === 'dateTimeAsIso') return new Date(value).toISOString().slice(0, 19).replace('T', ' ')
  const scale = scales[unit]
  if (scale === undefined) return fixed(value, decimals, trim) + suffixOf(unit)
  const size = Math.abs(value)
  const [one, suffix] = (
    value === 0
      ? (scale.units.find(([each]) => each === 1) ?? scale.units[0])
      : (scale.units.findLast(([each]) => size >= each * (1 - 1e-9)) ?? scale.units[0])
  )!
  return fixed(value / one, decimals, trim) + plural(suffix, value / one)
}

/** A unit that is not known stands behind the number, as Grafana puts it. */
function suffixOf(unit: string): string {
  if (unit === 'none' || unit === 'string' || unit === '') return ''
  return ` ${unit.replace(/^suffix:/, '')}`
}

const plural = (suffix: string, value: number) =>
  Math.abs(value) !== 1 && /^ (hour|day|week|year)$/.test(suffix) ? `${suffix}s` : suffix

/** Three digits that matter, none for whole numbers, unless the panel says how many. */
function fixed(value: number, decimals: number | undefined, trim: boolean): string {
  const places =
    decimals ??
    (Number.isInteger(value) || value === 0
      ? 0
      : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)) + 1e-9)))
  const text = value.toFixed(Math.min(20, places))
  const shown = trim && text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return /^-0(\.0*)?$/.test(shown) ? shown.slice(1) : shown
}

/** `01:02:03`, and days before it when there are any. */
function clock(seconds: number): string {
  const total = Math.round(Math.abs(seconds))
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0')
  const days = Math.floor(total / 86_400)
  const text = `${two((total % 86_400) / 3600)}:${two((total % 3600) / 60)}:${two(total % 60)}`
  return `${seconds < 0 ? '-' : ''}${days > 0 ? `${days} d ` : ''}${text}`
}

/** `30 days`; every decimal adds the next smaller unit. */
function words(seconds: number, decimals: number): string {
  const units = [
    ['year', 31_536_000],
    ['week', 604_800],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const
  let left = Math.abs(seconds)
  const parts: string[] = []
  for (const [name, size] of units) {
    const count = Math.floor(left / size + 1e-9)
    if (count === 0 && parts.length === 0) continue
    if (parts.length > decimals) break
    left -= count * size
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`)
  }
  return (seconds < 0 ? '-' : '') + (parts.join(', ') || `${fixed(seconds, undefined, true)} seconds`)
}
