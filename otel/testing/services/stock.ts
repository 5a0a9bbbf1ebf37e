/** Run with `TELEMETRY_HTTP_SERVER=stock`: nothing of the kit stands between the server and its handler. */

import { createServer } from 'node:http'
import { start } from './behaviour.ts'
import { handle } from './node-http-handler.ts'

await start(createServer(handle))
