/** Accepts telemetry and throws it away; tells its parent how much arrived. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

let requests = 0
let bytes = 0

const server = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  request.on('end', () => {
    requests++
    response.writeHead(200, { 'content-type': request.headers['content-type'] ?? 'application/json' })
    response.end(request.headers['content-type'] === 'application/json' ? '{}' : '')
  })
})

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => {
  process.send?.({ requests, bytes })
  requests = 0
  bytes = 0
})
process.on('disconnect', () => process.exit())
