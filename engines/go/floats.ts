/** Numbers as Go writes and reads them. */

/** Go's `%g`: the shortest digits, with an exponent from 1e+06 up and from 1e-05 down, in its own spelling. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  if (value === 0) return '0'
  const [digits, exponent] = value.toExponential().split('e') as [string, string]
  const power = Number(exponent)
  if (power >= -4 && power < 6) return decimal(value)
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

/** The shortest digits that tell the value, never with an exponent: a value as a label. */
export function decimal(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const [mantissa, exponent] = Math.abs(value).toExponential().split('e') as [string, string]
  const digits = mantissa.replace('.', '')
  const point = Number(exponent) + 1
  const sign = value < 0 ? '-' : ''
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** Reads a float as Go does; undefined where Go reports an error, as for an empty text or one out of range. */
export function parseGoFloat(text: string): number | undefined {
  const digits = digitsOnly(text)
  if (digits !== undefined) return digits
  if (text.includes('_'))
    return hasOrderlyUnderscores(text) ? parseGoFloat(text.replaceAll('_', '')) : undefined
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) {
    const value = Number(text)
    return Number.isFinite(value) ? value : undefined
  }
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?\d+)$/.exec(text)
  if (hex === null || `${hex[2]}${hex[3] ?? ''}` === '') return undefined
  const [, sign, whole, fraction = '', power] = hex
  const magnitude = Number(`0x${whole}${fraction}`) * 2 ** (Number(power) - 4 * fraction.length)
  return Number.isFinite(magnitude) ? (sign === '-' ? -magnitude : magnitude) : undefined
}

/** Most numbers are a few digits, and read at once. */
function digitsOnly(text: string): number | undefined {
  if (text === '' || text.length > 15) return undefined
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

/** Between digits, or after `0x`: `1_000`. */
function hasOrderlyUnderscores(text: string): boolean {
  const isHex = /^[+-]?0[xX]/.test(text)
  return isHex
    ? /^[+-]?0[xX](?:_?[0-9a-fA-F.pP+-])+$/.test(text) && !/[._]_|_[.pP+-]/.test(text)
    : !/(?<!\d)_|_(?!\d)/.test(text)
}
