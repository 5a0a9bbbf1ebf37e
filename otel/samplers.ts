/** Which traces are kept, by the variables of the specification. */

import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'
import type { Env } from './sdk-disabled.ts'
import { unknown } from './standard-settings.ts'

/** Undefined where the environment chooses none. */
export function samplerFromEnv(env: Env): Sampler | undefined {
  const name = env.OTEL_TRACES_SAMPLER
  if (name === undefined || name === '') return undefined
  const create = samplers.get(name)
  if (create === undefined) throw unknown('OTEL_TRACES_SAMPLER', [...samplers.keys()], name)
  return create(env)
}

export function ratioFromEnv({ OTEL_TRACES_SAMPLER_ARG: text }: Env): number {
  const value = text === undefined || text === '' ? 1 : Number(text)
  if (!(value >= 0 && value <= 1))
    throw new Error(`Cannot read OTEL_TRACES_SAMPLER_ARG: expected a ratio from 0 to 1, got "${text}"`)
  return value
}

const samplers = new Map<string, (env: Env) => Sampler>([
  ['always_on', () => new AlwaysOnSampler()],
  ['always_off', () => new AlwaysOffSampler()],
  ['traceidratio', env => new TraceIdRatioBasedSampler(ratioFromEnv(env))],
  ['parentbased_always_on', () => new ParentBasedSampler({ root: new AlwaysOnSampler() })],
  ['parentbased_always_off', () => new ParentBasedSampler({ root: new AlwaysOffSampler() })],
  [
    'parentbased_traceidratio',
    env => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratioFromEnv(env)) }),
  ],
])
