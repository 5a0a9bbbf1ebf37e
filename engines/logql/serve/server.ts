/** Serves a file of log records as Loki would: to Grafana's Loki data source, logcli and curl. */

import { startEvaluator } from '../../serve/evaluator.ts'
import { type Address, type Serving, serveApi } from '../../serve/server.ts'
import { endpointAt, errorAnswer } from './api.ts'
import type { Loaded, WorkerSettings } from './worker.ts'

interface ServeOptions extends Partial<Omit<WorkerSettings, 'path'>>, Address {
  data: string
}

const fixed = { '/ready': { status: 200, body: 'ready\n', type: 'text/plain; charset=utf-8' } }

export async function serve(options: ServeOptions): Promise<Serving<Loaded>> {
  const { data, limits = {}, timeout = 30_000 } = options
  const settings: WorkerSettings = { path: data, limits, timeout }
  const worker = new URL('./worker.ts', import.meta.url)
  const evaluator = await startEvaluator<Loaded>({ worker, settings, timeout, errorAnswer })
  return serveApi(evaluator, { endpointAt, fixed, errorAnswer }, options)
}
