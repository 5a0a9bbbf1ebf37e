/** A cache that all processes share, in Valkey or Redis; slow or gone, it answers with an error at once. */
import { createClient } from 'redis'
import { onShutdown } from '../../otel/lifecycle.ts'
import { log } from '../../otel/logs.ts'

export interface SharedCache {
  get: <V>(key: string) => Promise<V | undefined>
  set: (key: string, value: unknown, ttlMs: number) => Promise<unknown>
  delete: (key: string) => Promise<unknown>
}

const patienceMs = 50

export async function connectSharedCache(url: string): Promise<SharedCache> {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 1000,
    socket: { connectTimeout: 1000, reconnectStrategy: retries => Math.min(100 * 2 ** retries, 5000) },
  })
  let lost = false
  client.on('error', (error: Error) => {
    if (!lost) log.warn({ err: error }, 'shared cache lost')
    lost = true
  })
  client.on('ready', () => {
    if (lost) log.info('shared cache back')
    lost = false
  })
  // The service starts without its cache as well; the client goes on trying by itself.
  void client.connect().catch(() => {})
  onShutdown('shared cache', () => client.destroy())

  return {
    async get<V>(key: string) {
      const text = await inTime(client.get(key))
      return typeof text === 'string' ? (JSON.parse(text) as V) : undefined
    },
    set: (key, value, ttlMs) =>
      inTime(client.set(key, JSON.stringify(value), { expiration: { type: 'PX', value: ttlMs } })),
    delete: key => inTime(client.del(key)),
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Cannot wait for the shared cache: expected an answer within ${patienceMs} ms`)),
      patienceMs,
    )
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
    answer.catch(() => {})
  }
}
