/** The door of the servers that scripts start: names of this machine only, no other sites, nobody who is slow. */
import type { Door } from '../engines/serve/server.ts'
import { allowedHosts, boundServer, createGuard } from '../otel/guard.ts'

/** Grafana and promtool post their queries as forms. */
export function queryDoor(): Door {
  const types = ['application/x-www-form-urlencoded', 'application/json']
  return { refuse: createGuard({ hosts: allowedHosts(), types }), bound: server => boundServer(server) }
}
