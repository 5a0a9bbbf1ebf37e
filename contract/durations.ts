/** Durations as Prometheus writes them, counted in whole seconds. */

const units = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 } as const

export function seconds(text: string): number {
  const parts = [...text.matchAll(/(\d+)([wdhms])/g)]
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text)
    throw new Error(`Cannot parse duration "${text}": expected a number with a unit of s, m, h, d or w`)
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit as keyof typeof units], 0)
}

/** `30d`, `1h36m`: days are the largest unit, because people speak of a period of 30 days and not of 4w2d. */
export function duration(total: number): string {
  if (!Number.isInteger(total) || total <= 0)
    throw new Error(`Cannot write ${total} s as a duration: expected whole seconds above 0`)
  let rest = total
  let text = ''
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const amount = Math.floor(rest / units[unit])
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * units[unit]
  }
  return text
}
