/** One small service: bare, with our kit, with everything OpenTelemetry offers, or with what a careful person chooses of it. */
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import pg from 'pg'
import pino from 'pino'

const variant = process.env.BENCH_VARIANT as 'bare' | 'kit' | 'stock' | 'fair'
const products = new Map(
  Array.from({ length: 1000 }, (_, id) => [String(id), { id, name: `Product ${id}`, price: id * 7 }]),
)
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8 })

const isStock = variant === 'stock' || variant === 'fair'
const sync = variant === 'stock'
const app = Fastify(isStock ? { loggerInstance: pino(pino.destination({ fd: 1, sync })) } : {})
if (variant === 'kit') {
  const { httpServerTelemetry } = await import('../../otel/fastify.ts')
  const { observePool } = await import('../../otel/postgres.ts')
  await app.register(httpServerTelemetry)
  observePool(pool, 'main')
}

app.get<{ Params: { id: string } }>('/cached/:id', async request => products.get(request.params.id))
app.get<{ Params: { id: string } }>('/database/:id', async request => {
  const query = {
    summary: 'product by id',
    text: 'SELECT id, name, price FROM bench_products WHERE id = $1',
    values: [request.params.id],
  }
  return (await pool.query(query)).rows[0]
})

await app.listen({ port: 0, host: '127.0.0.1' })
process.send?.({ port: (app.server.address() as AddressInfo).port })
process.on('message', async message => {
  if (message === 'metrics' && variant === 'kit') {
    const { exposition } = await import('../../otel/metrics.ts')
    await exposition('openmetrics')
  }
  process.send?.(process.cpuUsage())
})
process.on('disconnect', () => process.exit())
