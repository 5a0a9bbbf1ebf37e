/** The worker: fulfils orders in the background. */
import { onShutdown } from '../otel/lifecycle.ts'
import { readConfig, requireDatabase } from './config.ts'
import { migrate } from './database/migrations.ts'
import { openPool, waitForDatabase } from './database/pool.ts'
import { createHttpServer } from './http/server.ts'
import { startFulfilment } from './jobs/fulfilment.ts'
import { openQueue } from './jobs/queue.ts'
import { jobRoutes } from './jobs/routes.ts'
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
await startRole('worker', { config, server, check: () => db.query('SELECT 1') })
