/** The end of the gate's output: what was skipped and why, what took long, and the numbers. */

import type { AllowedSkip } from '../allowed-skips.ts'
import type { Outcome, Skip, Timed } from './outcome.ts'

export function summary(outcome: Outcome, seconds: number): string[] {
  return [
    ...slowest('Slowest tests:', outcome.tests, 20),
    ...slowest('Slowest files, with their hooks:', outcome.files, 10),
    ...skipsByReason('Skipped:', outcome.skipped),
    ...titled('Passed only when repeated:', outcome.flaky),
    '',
    `Took ${duration(seconds)}.`,
    counts(outcome),
  ]
}

/** The plain form that other programs read. */
function counts({ passed, failed, skipped }: Outcome): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`
}

export function forbiddenSkips(skips: readonly Skip[], allowed: readonly AllowedSkip[]): Skip[] {
  return skips.filter(skip => !allowed.some(({ reason }) => reason.test(skip.reason)))
}

/** One line per reason, most tests first, with the files they are in below. */
export function skipsByReason(title: string, skips: readonly Skip[]): string[] {
  const reasons = [...Map.groupBy(skips, ({ reason }) => reason)].toSorted(
    (a, b) => b[1].length - a[1].length,
  )
  return titled(
    title,
    reasons.flatMap(([reason, those]) => [
      `${those.length.toString().padStart(4)}  ${reason}`,
      ...[...new Set(those.map(({ file }) => file))].map(file => `        ${file}`),
    ]),
  )
}

export function duration(seconds: number): string {
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}

function slowest(title: string, timed: readonly Timed[], count: number): string[] {
  const longest = timed.toSorted((a, b) => b.seconds - a.seconds).slice(0, count)
  return titled(
    title,
    longest.map(({ name, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${name}`),
  )
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)]
}
