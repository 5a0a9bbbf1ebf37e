/** A small service on the kit, run as a process of its own by the kit's tests: `node --import ./otel/register.ts`. */

import { get } from 'node:http'
import Fastify from 'fastify'
import { startAdmin } from '../admin.ts'
import { httpServerTelemetry } from '../fastify.ts'
import { processJob, sendJob } from '../jobs.ts'
import { onShutdown } from '../lifecycle.ts'
import { log } from '../logs.ts'
import { inSpan } from '../traces.ts'

const app = Fastify()
await app.register(httpServerTelemetry)

app.get('/hello/:name', request => {
  log.info('greeting')
  return { hello: (request.params as { name: string }).name }
})

app.get('/chain', async request => {
  const { port } = request.socket.address() as { port: number }
  await fetch(`http://127.0.0.1:${port}/hello/fetch`).then(answer => answer.json())
  await new Promise<void>((resolve, reject) => {
    get(`http://127.0.0.1:${port}/hello/http`, answer => answer.resume().on('end', resolve)).on(
      'error',
      reject,
    )
  })
  return inSpan('own work', {}, () => ({ ok: true }))
})

app.get('/job', async () => {
  await sendJob('fulfilment', context =>
    processJob({ queue: 'fulfilment', context, attempt: 1, enqueuedAt: Date.now() }, () =>
      log.info('working'),
    ),
  )
  return { ok: true }
})

app.get('/slow', async () => {
  await new Promise(resolve => setTimeout(resolve, 500))
  return { ok: true }
})

app.get('/crash/:how', async request => {
  const { how } = request.params as { how: string }
  for (let line = 1; line <= 100; line++) log.info({ line }, 'before the end')
  if (how === 'exit') process.exit(3)
  if (how === 'rejection') void Promise.reject(new Error('nobody caught me'))
  if (how === 'exception')
    setImmediate(() => {
      throw new Error('nobody caught me')
    })
  return { how }
})

const admin = await startAdmin({ host: '127.0.0.1', port: 0, ready: () => true })
await app.listen({ host: '127.0.0.1', port: 0 })
onShutdown('admin server', admin.close)
onShutdown('http server', async () => {
  if (process.env.SLOW_SHUTDOWN === 'on') await new Promise(resolve => setTimeout(resolve, 60_000))
  // A connection whose last answer was under way would otherwise be kept alive until it times out.
  const idle = setInterval(() => app.server.closeIdleConnections(), 50)
  await app.close()
  clearInterval(idle)
})

const { port } = app.server.address() as { port: number }
process.send?.({ port, adminPort: admin.port })
process.disconnect?.()
