/** The worker: fulfils orders in the background, and settles those that were left open. */
import { onShutdown } from '../otel/lifecycle.ts'
import { readConfig, requireDatabase } from './config.ts'
import { migrate } from './database/migrations.ts'
import { openPool, waitForDatabase } from './database/pool.ts'
import { createHttpServer } from './http/server.ts'
import { openQueue } from './jobs/queue.ts'
import { jobRoutes } from './jobs/routes.ts'
import { announceOrder, expectAnnouncements } from './orders/announce.ts'
import { jobFaults, startFulfilment } from './orders/fulfilment.ts'
import { startSweep } from './orders/sweep.ts'
import { createSettlement } from './payments/settlement.ts'
import { startRole } from './role.ts'

const config = readConfig()
const db = openPool({ url: requireDatabase(config), size: config.poolSize, application: 'worker' })
onShutdown('database', () => db.end())
await waitForDatabase(db)
await migrate(db)

const boss = await openQueue(db, { maintain: true })
const server = await createHttpServer(config.drainMs)
await server.app.register(jobRoutes, { boss })
await startFulfilment(boss, db, config.workerSlots)
expectAnnouncements()
await startSweep({
  db,
  payments: createSettlement(config.paymentsUrl),
  announce: (transaction, order) => announceOrder(boss, transaction, order),
})
await startRole('worker', {
  config,
  server,
  check: () => db.query('SELECT 1'),
  effects: jobFaults.effects,
})
