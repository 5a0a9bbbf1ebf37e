/** The catalogue as a table, with what runs of it when a process of the shop could be asked. */
import { defaultTarget, faults } from '../../app/faults/catalogue.ts'
import { type RoleReport, rolesOf } from '../../app/faults/client.ts'
import type { Fault } from '../../app/faults/fault.ts'
import { roundedDuration } from '../../contract/durations.ts'

export function faultTable(reports: readonly RoleReport[]): string {
  const isKnown = reports.some(({ isThere }) => isThere)
  const rows = faults.map((fault: Fault) => [
    fault.id,
    ...(isKnown ? [stateOf(fault, reports)] : []),
    intensityOf(fault),
    roundedDuration(fault.duration.default),
    aims(fault),
    fault.breaks,
  ])
  const heading = ['INTENSITY', 'ENDS IN', 'AIMS AT', 'GOOD PRACTICE IT BREAKS']
  return aligned([['FAULT', ...(isKnown ? ['STATE'] : []), ...heading], ...rows])
}

/** Columns as wide as their widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  return rows
    .map(row =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  '),
    )
    .join('\n')
}

/** `0.2 ratio`, `400M bytes/s`; of a switch `on`. */
export function withUnit({ intensity: { unit } }: Fault, value: number): string {
  return unit === 'switch' ? 'on' : `${compact(value)} ${unit}`
}

function stateOf(fault: Fault, reports: readonly RoleReport[]): string {
  const asked = reports.filter(report => rolesOf(fault).has(report.role))
  const run = asked.flatMap(report => report.running ?? []).find(each => each.fault === fault.id)
  if (run !== undefined) return `on, ${roundedDuration((Date.parse(run.endsAt) - Date.now()) / 1000)} left`
  return asked.some(report => report.running === undefined) ? 'unknown' : 'off'
}

function aims(fault: Fault): string {
  const others = Object.keys(fault.targets).length - 1
  return others === 0 ? defaultTarget(fault) : `${defaultTarget(fault)} or ${others} others`
}

function intensityOf(fault: Fault): string {
  const { unit, min, max } = fault.intensity
  if (unit === 'switch') return 'switch'
  return `${withUnit(fault, fault.intensity.default)} (${compact(min)} to ${compact(max)})`
}

function compact(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 3 })
}
