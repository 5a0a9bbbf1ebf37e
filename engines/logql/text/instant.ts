/** Times as Loki's HTTP API takes and gives them. */

/** A point of a log's time: nanoseconds since the epoch, exact beyond what a number holds. */
export interface Instant {
  /** Milliseconds since the epoch. */
  time: number
  /** Nanoseconds within the millisecond. */
  nanos: number
}

const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/

/** Seconds with decimals, nanoseconds (more than ten digits), or 2026-01-31T12:00:00Z; undefined when it is none. */
export function parseInstant(text: string): Instant | undefined {
  if (/^\d+$/.test(text) && text.length > 10 && text.length <= 19) return ofNanoseconds(BigInt(text))
  const seconds = /^(-?)(\d{1,12})(?:\.(\d*))?$/.exec(text)
  if (seconds !== null) {
    const [, sign, whole, fraction = ''] = seconds
    const nanoseconds = BigInt(whole!) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
    return ofNanoseconds(sign === '-' ? -nanoseconds : nanoseconds)
  }
  const parts = rfc3339.exec(text)
  if (parts === null) return undefined
  const time = Date.parse(`${parts[1]}${parts[3]}`)
  if (Number.isNaN(time)) return undefined
  const fraction = (parts[2] ?? '').padEnd(9, '0')
  return { time: time + Number(fraction.slice(0, 3)), nanos: Number(fraction.slice(3)) }
}

export function ofNanoseconds(nanoseconds: bigint): Instant {
  const nanos = ((nanoseconds % 1_000_000n) + 1_000_000n) % 1_000_000n
  return { time: Number((nanoseconds - nanos) / 1_000_000n), nanos: Number(nanos) }
}

/** Nanoseconds since the epoch, all digits. */
export function printNanoseconds({ time, nanos }: Instant): string {
  if (time <= 0) return String(BigInt(time) * 1_000_000n + BigInt(nanos))
  return `${time}${String(nanos).padStart(6, '0')}`
}
