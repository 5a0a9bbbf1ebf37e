/** The shop: the HTTP API that customers use. */
import rateLimit from '@fastify/rate-limit'
import { onShutdown } from '../otel/lifecycle.ts'
import { cacheFaults } from './cache/cache.ts'
import { listFaults, searchFaults } from './catalog/products.ts'
import { catalogRoutes, createProductCache } from './catalog/routes.ts'
import { seedProducts } from './catalog/seed.ts'
import { readConfig, requireDatabase } from './config.ts'
import { migrate } from './database/migrations.ts'
import { openPool, waitForDatabase } from './database/pool.ts'
import { leakConnections } from './faults/effects/pool-leak.ts'
import { requestFaults } from './faults/effects/requests.ts'
import { errorBody } from './http/errors.ts'
import { createHttpServer, rejections } from './http/server.ts'
import { openQueue } from './jobs/queue.ts'
import { announcementFaults } from './orders/announce.ts'
import { orderRoutes } from './orders/routes.ts'
import { createPaymentsClient, paymentClientFaults } from './payments/client.ts'
import { startRole } from './role.ts'

const config = readConfig()
const db = openPool({ url: requireDatabase(config), size: config.poolSize, application: 'shop' })
onShutdown('database', () => db.end())
await waitForDatabase(db)
await migrate(db)
await seedProducts(db)

const boss = await openQueue(db, { maintain: false })
const shared = config.redisUrl === undefined ? undefined : await connectCache(config.redisUrl)
const products = createProductCache(db, shared)
const server = await createHttpServer(config.drainMs)
await server.app.register(rateLimit, {
  max: config.rateLimit,
  timeWindow: '1 second',
  onExceeded: () => rejections.add({ reason: 'rate_limit' }),
  errorResponseBuilder: (_request, { max }) => ({
    statusCode: 429,
    ...errorBody(429, `Too many requests: expected at most ${max} a second`),
  }),
})
await server.app.register(catalogRoutes, { db, products })
await server.app.register(orderRoutes, {
  db,
  boss,
  products,
  authorize: createPaymentsClient(config.paymentsUrl),
})
await startRole('shop', {
  config,
  server,
  check: () => db.query('SELECT 1'),
  effects: {
    ...requestFaults.effects,
    ...cacheFaults.effects,
    ...listFaults.effects,
    ...searchFaults.effects,
    ...announcementFaults.effects,
    ...paymentClientFaults.effects,
    'pool-leak': leakConnections(db),
  },
})

/** Its client is a third of all that the shop loads, so it is loaded where there is something to connect to. */
async function connectCache(url: string) {
  const { connectSharedCache } = await import('./cache/shared.ts')
  return connectSharedCache(url)
}
