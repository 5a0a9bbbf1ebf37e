/** Payments: what the shop depends on and does not control. */
import { readConfig } from './config.ts'
import { createHttpServer } from './http/server.ts'
import { openLedger } from './payments/ledger.ts'
import { authorizationFaults, paymentRoutes } from './payments/routes.ts'
import { startRole } from './role.ts'

const config = readConfig()
const server = await createHttpServer(config.drainMs)
await server.app.register(paymentRoutes, { ledger: openLedger(config.paymentsLedger) })
await startRole('payments', { config, server, effects: authorizationFaults.effects })
