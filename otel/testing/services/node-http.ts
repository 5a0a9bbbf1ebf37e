import { createServer } from 'node:http'
import { httpServerTelemetry } from '../../node-http.ts'
import { start } from './behaviour.ts'
import { handle } from './node-http-handler.ts'

await start(createServer(httpServerTelemetry(handle)))
