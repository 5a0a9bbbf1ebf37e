/** The windows and factors by which each tool alerts, over any period. */

import { duration, seconds } from '../../contract/durations.ts'
import { type Preset, production, type Severity, type Tier } from '../../contract/windows.ts'

interface Window {
  severity: Severity
  long: number
  short: number
  factor: number
  for?: number
}

const names = ['fast', 'medium', 'slow', 'trickle'] as const

/**
 * The workbook's tiers. Over four weeks or more each keeps its share of the budget, and its factor follows from the
 * period. Over 7 days that would give `trickle` a factor of 0.23, a ticket for errors that the objective allows; so over
 * a shorter period each keeps its factor of 30 days, and its share follows.
 */
export function workbookOver(period: number): Preset {
  const isLong = period >= seconds('28d')
  return presetOver(
    period,
    production.tiers.map(({ severity, long, short, budget }) => ({
      severity,
      long,
      short,
      factor: (budget * (isLong ? period : production.period)) / long,
    })),
  )
}

/** Source: https://github.com/pyrra-dev/pyrra, Windows in slo/rules.go: shares of four weeks, to the minute. */
export function pyrraOver(period: number): Preset {
  const part = (of: string) => Math.round((period * seconds(of)) / seconds('28d') / 60) * 60
  const window = (severity: Severity, long: string, short: string, factor: number, hold: string): Window => ({
    severity,
    long: part(long),
    short: part(short),
    factor,
    for: part(hold),
  })
  return presetOver(period, [
    window('page', '1h', '5m', 14, '2m'),
    window('page', '6h', '30m', 7, '15m'),
    window('ticket', '1d', '2h', 2, '1h'),
    window('ticket', '4d', '6h', 1, '3h'),
  ])
}

export interface SlothWindow {
  severity: Severity
  long: number
  short: number
  /** Per cent of the budget. */
  share: number
}

export function slothOver(period: number, windows: readonly SlothWindow[]): Preset {
  return presetOver(
    period,
    windows.map(({ severity, long, short, share }) => ({
      severity,
      long,
      short,
      factor: (share / 100) * (period / long),
    })),
  )
}

function presetOver(period: number, windows: readonly Window[]): Preset {
  return {
    ...production,
    name: duration(period),
    title: `${duration(period)}, as another tool's file has it`,
    period,
    retention: period + seconds('1d'),
    tiers: windows.map((window, index) => tierOf(names[index]!, window, period)),
  }
}

function tierOf(name: string, { severity, long, short, factor, for: hold }: Window, period: number): Tier {
  const usual = production.tiers.find(tier => tier.name === name)!
  const budget = (factor * long) / period
  return {
    name,
    severity,
    long,
    short,
    budget,
    factor: shortest(factor),
    keepFiringFor: Math.min(usual.keepFiringFor, long),
    history: severity === 'ticket' ? short : 0,
    ...(hold === undefined ? {} : { for: hold }),
  }
}

/** Without the error of the calculation: 14.4 and not 14.399999999999999. */
function shortest(value: number): number {
  const rounded = Number(value.toPrecision(10))
  return rounded === Number(value.toPrecision(12)) ? rounded : value
}
