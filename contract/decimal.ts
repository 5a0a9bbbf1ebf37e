/** Exact decimal arithmetic: a threshold of 14.4 × 0.1 % must read 0.0144 and not 0.014400000000000001. */

interface Decimal {
  units: bigint
  /** Digits after the point. */
  scale: number
}

/** The shortest decimal that reads back as this number, which is what its author wrote. */
export function decimal(value: number | string): Decimal {
  const [, sign, whole, fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(String(value)) ?? []
  if (whole === undefined) throw new Error(`Cannot read "${value}" as a decimal: expected a finite number`)
  const scale = fraction.length - Number(exponent)
  const units = BigInt(`${sign}${whole}${fraction}`)
  return scale >= 0 ? shorten({ units, scale }) : { units: units * 10n ** BigInt(-scale), scale: 0 }
}

export function times(a: Decimal, b: Decimal): Decimal {
  return shorten({ units: a.units * b.units, scale: a.scale + b.scale })
}

export function minus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return shorten({ units: unitsAt(a, scale) - unitsAt(b, scale), scale })
}

export function isAtLeast(a: Decimal, b: Decimal): boolean {
  return minus(a, b).units >= 0n
}

/** The quotient when it ends within 18 digits, else undefined. */
export function over(a: Decimal, b: Decimal): Decimal | undefined {
  if (b.units === 0n) return undefined
  const scale = 18
  const dividend = a.units * 10n ** BigInt(scale + b.scale)
  const divisor = b.units * 10n ** BigInt(a.scale)
  return dividend % divisor === 0n ? shorten({ units: dividend / divisor, scale }) : undefined
}

export function toText({ units, scale }: Decimal): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${units < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}

export function toNumber(value: Decimal): number {
  return Number(toText(value))
}

function shorten({ units, scale }: Decimal): Decimal {
  let shorter = { units, scale }
  while (shorter.scale > 0 && shorter.units % 10n === 0n)
    shorter = { units: shorter.units / 10n, scale: shorter.scale - 1 }
  return shorter
}

function unitsAt({ units, scale }: Decimal, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale)
}
