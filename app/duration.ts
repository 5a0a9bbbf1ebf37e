/** Durations as people type and read them, in seconds. */

const secondsPer = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const
const expected = 'expected numbers with a unit of ms, s, m, h or d, like 90s or 1h30m'

/** `90s`, `5m`, `1h30m`. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/gy)]
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text)
    throw new Error(
      text === ''
        ? `Cannot parse a duration: ${expected}, got nothing`
        : `Cannot parse duration "${text}": ${expected}`,
    )
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * secondsPer[unit as keyof typeof secondsPer],
    0,
  )
}

export function formatDuration(seconds: number): string {
  if (seconds < 1 && seconds > 0) return `${Math.round(seconds * 1000)}ms`
  const rounded = Math.round(seconds)
  const parts = [
    [Math.floor(rounded / 3600), 'h'],
    [Math.floor(rounded / 60) % 60, 'm'],
    [rounded % 60, 's'],
  ] as const
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join('') || '0s'
}
