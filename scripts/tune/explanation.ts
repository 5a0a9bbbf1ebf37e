/** Why a policy did or did not tell anybody, as lines for a terminal. */
import { roundedDuration } from '../../contract/durations.ts'
import type { Explanation } from '../../tuning/explain/explain.ts'
import type { TierExplanation } from '../../tuning/explain/tier.ts'

export function explanationLines(
  { scenario, policy, incidents, falseOnes }: Explanation,
  moment: (seconds: number) => string,
): string {
  const lines = [`${scenario} under ${policy}`]
  for (const { id, wanted, start, end, detection, tiers, missing, change } of incidents) {
    lines.push('', `${id}, ${moment(start)} to ${moment(end)}: wanted a ${wanted}`)
    lines.push(detection === undefined ? '  nobody was told' : `  told after ${roundedDuration(detection)}`)
    lines.push(...tiers.flatMap(tierLines))
    if (missing !== undefined) {
      const { seconds, times } = missing
      lines.push(
        seconds === undefined
          ? '  However long it had lasted, nobody would have been told'
          : `  It would have been told of had it lasted ${roundedDuration(seconds)} longer`,
        times === undefined
          ? '  However many events had failed, nobody would have been told'
          : `  It would have been told of had ${times.toFixed(2)} times as many events failed`,
      )
    }
    if (detection === undefined)
      lines.push(
        change === undefined
          ? '  No change to a single threshold or for would have caught it'
          : `  The smallest change that would have caught it: ${change.text} (${change.extraFalse} more in vain over the same time)`,
      )
  }
  if (incidents.length === 0) lines.push('', 'Nothing happened that anybody wanted to know of.')
  for (const { severity, from, to, change } of falseOnes)
    lines.push(
      '',
      `A ${severity} in vain, ${moment(from)} to ${to === undefined ? 'the end' : moment(to)}`,
      change === undefined
        ? '  No change to a single threshold or for keeps it silent without missing what was caught'
        : `  The smallest change that keeps it silent: ${change.text} (${change.extraFalse} more in vain over the same time)`,
    )
  return lines.join('\n')
}

function tierLines({
  alert,
  severity,
  tier,
  firedAfter,
  conditions,
  held,
  for: hold,
}: TierExplanation): string[] {
  const title = `  ${[severity, alert, tier].filter(Boolean).join(' ')}: ${firedAfter === undefined ? 'did not fire' : `fired after ${roundedDuration(firedAfter)}`}`
  const rest = conditions.map(({ text, value, limit, holds }) => {
    const short = text.length > 90 ? `${text.slice(0, 87)}…` : text
    if (value === undefined || limit === undefined) return `    no data    ${short}`
    return `    ${holds ? 'held      ' : 'too little'} ${Number(value.toPrecision(3))} of ${Number(limit.toPrecision(3))}  ${short}`
  })
  if (hold > 0)
    rest.push(`    all of it held for ${roundedDuration(held)} of the ${roundedDuration(hold)} it has to`)
  return [title, ...rest]
}
