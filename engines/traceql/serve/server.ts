/** Serves a file of traces as Tempo would: to Grafana's Tempo data source and curl. */

import { startEvaluator } from '../../serve/evaluator.ts'
import { type Address, type Serving, serveApi } from '../../serve/server.ts'
import { endpointAt, errorAnswer } from './api.ts'
import type { Loaded, WorkerSettings } from './worker.ts'

interface ServeOptions extends Partial<Omit<WorkerSettings, 'path'>>, Address {
  data: string
}

const text = 'text/plain; charset=utf-8'
const fixed = {
  '/ready': { status: 200, body: 'ready\n', type: text },
  '/api/echo': { status: 200, body: 'echo', type: text },
}

export async function serve(options: ServeOptions): Promise<Serving<Loaded>> {
  const { data, limits = {}, timeout = 30_000 } = options
  const settings: WorkerSettings = { path: data, limits: { samples: 50_000_000, ...limits }, timeout }
  const worker = new URL('./worker.ts', import.meta.url)
  const evaluator = await startEvaluator<Loaded>({ worker, settings, timeout, errorAnswer })
  return serveApi(evaluator, { endpointAt, fixed, errorAnswer }, options)
}
