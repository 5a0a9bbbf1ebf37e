/** The figures of the comparison, as a table for people and as rows for machines. */

import { nameOf, type Part, partNames, type Variant } from './variants.ts'

export const routes = ['cached', 'database'] as const
export type Route = (typeof routes)[number]

export interface Sample {
  /** Requests per second at saturation; not taken of a kit that lacks a part. */
  throughput?: number
  p99Ms: number
  cpuUsPerRequest: number
}

export interface Measured extends Variant {
  route: Route
  rounds: Sample[]
}

export function rows(measured: readonly Measured[], several: boolean) {
  return measured.map(each => {
    const throughput = medianOf(each, 'throughput')
    return {
      route: each.route,
      variant: each.name,
      ...(several && each.sampling !== undefined ? { sampling: Number(each.sampling) } : {}),
      ...(each.without === undefined ? {} : { without: each.without }),
      ...(Number.isNaN(throughput) ? {} : { throughput: Math.round(throughput) }),
      p99Ms: Math.round(medianOf(each, 'p99Ms') * 100) / 100,
      cpuUsPerRequest: Math.round(medianOf(each, 'cpuUsPerRequest')),
    }
  })
}

/** Ratios and differences are medians of those within a round, which a busy machine disturbs least. */
export function report(measured: readonly Measured[]): string {
  const comparison = measured.filter(({ without }) => without === undefined).map(each => line(measured, each))
  const header =
    'route     variant     throughput/s  of bare   p99 ms  of bare   CPU µs/request  added  of stock  of fair'
  const breakdown = partNames.flatMap(part => partLine(measured, part))
  return breakdown.length === 0
    ? [header, ...comparison].join('\n')
    : [
        header,
        ...comparison,
        '',
        `part of the kit, CPU µs/request  ${routes.map(pad).join('')}`,
        ...breakdown,
      ].join('\n')
}

function line(measured: readonly Measured[], each: Measured): string {
  const bare = find(measured, each.route, 'bare')
  const ofBare = (figure: 'throughput' | 'p99Ms') =>
    paired([each, bare], ([own, bare]) => (own![figure] ?? Number.NaN) / (bare![figure] ?? Number.NaN))
  const ofAdded = (name: Variant['name']) => {
    const other = find(measured, each.route, name)
    if (each.name !== 'kit' || other === undefined) return ''
    return percent(
      paired(
        [each, bare, other],
        ([own, bare, other]) =>
          (own!.cpuUsPerRequest - bare!.cpuUsPerRequest) / (other!.cpuUsPerRequest - bare!.cpuUsPerRequest),
      ),
    )
  }
  const added = paired([each, bare], ([own, bare]) => own!.cpuUsPerRequest - bare!.cpuUsPerRequest)
  return [
    each.route.padEnd(9),
    nameOf(each).padEnd(11),
    medianOf(each, 'throughput').toFixed(0).padStart(12),
    percent(ofBare('throughput')).padStart(8),
    medianOf(each, 'p99Ms').toFixed(2).padStart(8),
    `${ofBare('p99Ms').toFixed(2)}×`.padStart(8),
    medianOf(each, 'cpuUsPerRequest').toFixed(0).padStart(16),
    (each.name === 'bare' ? '' : `+${added.toFixed(0)}`).padStart(6),
    ofAdded('stock').padStart(9),
    ofAdded('fair').padStart(8),
  ]
    .join(' ')
    .trimEnd()
}

/** What the kit takes with all its parts, less what it takes without this one. */
function partLine(measured: readonly Measured[], part: Part): string[] {
  const cells = routes.map(route => {
    const without = measured.find(each => each.route === route && each.without === part)
    const whole = measured.find(each => each.route === route && each.sampling === '1')
    return without === undefined || whole === undefined
      ? undefined
      : paired([whole, without], ([whole, without]) => whole!.cpuUsPerRequest - without!.cpuUsPerRequest)
  })
  if (cells.some(cell => cell === undefined)) return []
  return [`${part.padEnd(32)} ${cells.map(cell => pad(cell!.toFixed(1))).join('')}`]
}

function find<Name extends Variant['name']>(
  measured: readonly Measured[],
  route: Route,
  name: Name,
): Name extends 'bare' ? Measured : Measured | undefined {
  return measured.find(each => each.route === route && each.name === name) as never
}

function paired(
  all: readonly (Measured | undefined)[],
  figure: (samples: (Sample | undefined)[]) => number,
): number {
  const rounds = all[0]?.rounds.length ?? 0
  return median(Array.from({ length: rounds }, (_, round) => figure(all.map(each => each?.rounds[round]))))
}

function medianOf({ rounds }: Measured, figure: keyof Sample): number {
  return median(rounds.map(sample => sample[figure] ?? Number.NaN))
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}

function pad(text: string): string {
  return text.padStart(10)
}
