/** Durations as people and Prometheus write them, in seconds. */
import { got, wrongUse } from './user-error.ts'

const secondsPer = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1, ms: 0.001 } as const
type Unit = keyof typeof secondsPer

/** `90s`, `5m`, `1h30m`, `1.5m`. */
export function seconds(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[wdhms])/gy)]
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text)
    throw wrongUse({
      action: `parse duration "${text}"`,
      expected: 'numbers with a unit of ms, s, m, h, d or w, like 90s or 1h30m',
      ...(text === '' && { got: got(text) }),
    })
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * secondsPer[unit as Unit], 0)
}

/** `30d`, `1h36m`: days are the largest unit, because people speak of a period of 30 days and not of 4w2d. */
export function duration(total: number): string {
  if (!Number.isInteger(total) || total <= 0)
    throw new Error(`Cannot write ${total} s as a duration: expected whole seconds above 0`)
  return withUnits(total, ['d', 'h', 'm', 's'])
}

/** Rounded for a person: `250ms`, `59s`, `24h`. */
export function roundedDuration(total: number): string {
  if (total > 0 && total < 1) return `${Math.round(total * 1000)}ms`
  return withUnits(Math.round(total), ['h', 'm', 's']) || '0s'
}

function withUnits(total: number, units: readonly Unit[]): string {
  let rest = total
  let text = ''
  for (const unit of units) {
    const amount = Math.floor(rest / secondsPer[unit])
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * secondsPer[unit]
  }
  return text
}
