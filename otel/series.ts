/**
 * The series of one metric, found by their labels: only with labels that its definition knows, and at most so many, so
 * that an id in a label costs some samples and not the process. What is refused is counted, and said once.
 */

import { wholeNumber } from './delivery-settings.ts'
import { log } from './logs.ts'
import { sdkDisabled } from './sdk-disabled.ts'
import type { Metric, telemetry } from './signals.ts'

type RefusalReason = (typeof telemetry.refused.labels.reason)[number]

interface Series<S> {
  labels: Record<string, string>
  state: S
}

export interface SeriesStore<S> {
  /** Makes the series when it is new; undefined where it may not be. */
  of: (labels: Record<string, string>) => S | undefined
  refuse: (reason: RefusalReason, problem: string) => void
  all: () => Series<S>[]
  clear: () => void
}

const maxSeries = wholeNumber(process.env, 'TELEMETRY_METRIC_MAX_SERIES', 2000)

const refused = new Map<string, Map<RefusalReason, number>>()

/** Samples refused so far, by metric and reason. */
export function refusedSamples(): { metric: string; reason: RefusalReason; count: number }[] {
  return [...refused].flatMap(([metric, reasons]) =>
    Array.from(reasons, ([reason, count]) => ({ metric, reason, count })),
  )
}

export function createSeries<S>(signal: Metric, create: () => S): SeriesStore<S> {
  const names = Object.keys(signal.labels)
  const series = new Map<string, Series<S>>()
  const reported = new Set<string>()

  function of(labels: Record<string, string>): S | undefined {
    let key = ''
    for (const name of names) key += `${labels[name]}\u0000`
    return (series.get(key) ?? admit(key, labels))?.state
  }

  function admit(key: string, labels: Record<string, string>): Series<S> | undefined {
    if (sdkDisabled) return undefined
    const problem = problemOf(labels)
    if (problem !== undefined) return refuse('label', problem)
    if (series.size >= maxSeries)
      return refuse(
        'limit',
        `expected at most ${maxSeries} label sets (TELEMETRY_METRIC_MAX_SERIES), got another`,
      )
    const own = Object.fromEntries(names.map(name => [name, String(labels[name])]))
    const made = { labels: own, state: create() }
    series.set(key, made)
    return made
  }

  function problemOf(labels: Record<string, string>): string | undefined {
    const given = Object.keys(labels).filter(name => labels[name] !== undefined)
    if (given.length !== names.length || names.some(name => labels[name] === undefined))
      return `expected the labels "${names.join(', ')}", got "${given.join(', ')}"`
    for (const [name, values] of Object.entries(signal.labels))
      if (typeof values !== 'string' && !values.includes(labels[name]!))
        return `expected ${name} to be one of ${values.join(', ')}, got "${labels[name]}"`
    return undefined
  }

  /** A mistake to fix while developing; in production a sample is not worth a failed request. */
  function refuse(reason: RefusalReason, problem: string): undefined {
    if (sdkDisabled) return
    const text = `Cannot record ${signal.name}: ${problem}`
    const reasons = refused.get(signal.name) ?? new Map<RefusalReason, number>()
    refused.set(signal.name, reasons.set(reason, (reasons.get(reason) ?? 0) + 1))
    if (reason !== 'limit' && ['test', 'development'].includes(process.env.NODE_ENV ?? ''))
      throw new Error(text)
    if (!reported.has(reason)) log.error({ metric: signal.name }, text)
    reported.add(reason)
  }

  return { of, refuse, all: () => [...series.values()], clear: () => series.clear() }
}
