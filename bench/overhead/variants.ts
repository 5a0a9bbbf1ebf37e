/** What is compared: the service bare, with the kit, with the kit without one of its parts, and with stock OpenTelemetry. */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Variant {
  /** `stock` has everything that OpenTelemetry offers, `fair` what a careful person turns on. */
  name: 'bare' | 'kit' | 'stock' | 'fair'
  /** Share of requests that are traced; of the kit only. */
  sampling?: string
  /** A part of the kit that is switched off, at full sampling. */
  without?: Part
}

/** Each part by the settings that switch it off; what it costs is the difference. */
const parts = {
  spans: { OTEL_TRACES_SAMPLER: 'always_off' },
  lines: { LOG_LEVEL: 'silent' },
  'lines on stdout': { LOG_STDOUT: 'off' },
  propagation: { OTEL_PROPAGATORS: 'none' },
  // One that this service has no use for, so that nothing else is loaded.
  'client instrumentations': { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'dns' },
  'all but lines': { OTEL_SDK_DISABLED: 'true' },
} as const satisfies Record<string, Record<string, string>>

export type Part = keyof typeof parts

export function variantsOf(samplings: readonly string[], isBrief: boolean): Variant[] {
  const kits = samplings.map(sampling => ({ name: 'kit' as const, sampling }))
  const stocks = isBrief ? (['stock'] as const) : (['stock', 'fair'] as const)
  return [
    { name: 'bare' },
    ...kits,
    ...stocks.map(name => ({ name })),
    ...(isBrief ? [] : partNames.map(without => ({ name: 'kit' as const, without }))),
  ]
}

export const partNames = Object.keys(parts) as Part[]

export function nameOf({ name, sampling, without }: Variant): string {
  if (without !== undefined) return `${name} without ${without}`
  return sampling === undefined ? name : `${name} ${Number(sampling) * 100} %`
}

export function environmentOf({ name, sampling, without }: Variant): Record<string, string> {
  return {
    BENCH_VARIANT: name,
    OTEL_SERVICE_NAME: `bench-${name}`,
    ...(name === 'fair' ? { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,pg,pino' } : {}),
    ...(sampling === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: sampling }),
    ...(without === undefined ? {} : parts[without]),
  }
}

/** Whether something comes to the endpoint that has to be waited for. */
export function delivers({ name, without }: Variant): boolean {
  return name !== 'bare' && without !== 'all but lines'
}

const folder = dirname(fileURLToPath(import.meta.url))

export function preload({ name }: Variant): string[] {
  if (name === 'bare') return []
  return ['--import', name === 'kit' ? join(folder, '../../otel/register.ts') : join(folder, 'stock.ts')]
}
