/** What every role does the same way: readiness, the admin port, and one clear line when it cannot start. */
import { startAdmin } from '../otel/admin.ts'
import { onShutdown, shutdown } from '../otel/lifecycle.ts'
import { log } from '../otel/logs.ts'
import { type Config, portSettings } from './config.ts'
import { prepareFaults } from './faults/admin.ts'
import type { ProcessFault } from './faults/effects/process.ts'
import type { FaultRole } from './faults/fault.ts'
import type { Effects } from './faults/switch.ts'
import { type HttpServer, listen } from './http/server.ts'

interface RoleParts<R extends FaultRole> {
  config: Config
  server: HttpServer
  /** Asks what the role cannot work without. */
  check?: () => Promise<unknown>
  /** Those of the faults that only this role can run. */
  effects: Omit<Effects<R>, ProcessFault>
}

const checkedForMs = 1000

// At once, because whoever started this process may be killed while it still starts.
process.once('disconnect', () => void shutdown('nobody left to stop it'))

export async function startRole<R extends FaultRole>(
  role: R,
  { config, server, check, effects }: RoleParts<R>,
): Promise<void> {
  const adminPort = config.ports[`${role}Admin`]
  const handlers = await prepareFaults(role, adminPort, effects)
  const admin = await startAdmin({
    host: config.host,
    port: adminPort,
    ready: readiness(server, check),
    handlers,
  })
  // The last one registered runs first: what requests need is still there while they are finished.
  onShutdown('http server', server.drain)
  const port = await listen(server.app, config.host, config.ports[role], portSettings[role].variable)
  log.info({ role, port, admin_port: admin.port }, 'ready')
}

/** Asked often and by many, so an answer is good for a second. */
function readiness(
  server: HttpServer,
  check: () => Promise<unknown> = async () => {},
): () => Promise<boolean> {
  let checkedAt = Number.NEGATIVE_INFINITY
  let checking: Promise<unknown> = Promise.resolve()
  return async () => {
    if (!server.accepting()) return false
    if (performance.now() - checkedAt > checkedForMs) {
      checkedAt = performance.now()
      checking = check()
    }
    await checking
    return true
  }
}
