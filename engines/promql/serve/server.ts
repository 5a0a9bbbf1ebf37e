/** Serves a file of samples as Prometheus would: to Grafana's Prometheus data source, promtool and curl. */

import { startEvaluator } from '../../serve/evaluator.ts'
import { type Address, type Serving as ServingOf, serveApi } from '../../serve/server.ts'
import { endpointAt, errorAnswer } from './api.ts'
import type { Loaded, WorkerSettings } from './worker.ts'

interface ServeOptions extends Partial<Omit<WorkerSettings, 'path'>>, Address {
  data: string
}

export type Serving = ServingOf<Loaded>

const healthy = { status: 200, body: '{"status":"success"}' }
const fixed = { '/-/healthy': healthy, '/-/ready': healthy }

export async function serve(options: ServeOptions): Promise<Serving> {
  const settings: WorkerSettings = {
    path: options.data,
    nanIsStale: options.nanIsStale ?? false,
    semantics: options.semantics ?? 'prometheus-3',
    features: options.features ?? [],
    limits: { samples: 50_000_000, ...options.limits },
    timeout: options.timeout ?? 30_000,
  }
  const worker = new URL('./worker.ts', import.meta.url)
  const evaluator = await startEvaluator<Loaded>({ worker, settings, timeout: settings.timeout, errorAnswer })
  return serveApi(evaluator, { endpointAt, fixed, errorAnswer }, options)
}
