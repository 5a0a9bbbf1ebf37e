import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { httpServerTelemetry } from '../../hono.ts'
import { rejecting, slow, start, streams, thing, throwing } from './behaviour.ts'

const app = new Hono()
app.use(httpServerTelemetry)
app.get('/things/:id', c => c.json(thing(c.req.param('id'))))
app.all('/things/:id', c => c.json({}, 405))
app.post('/things', async c => c.json(thing((await c.req.json<{ id: string }>()).id)))
const shop = new Hono()
shop.get('/items/:item', c => c.json(thing(c.req.param('item'))))
shop.get('/thrown', throwing)
app.route('/shops/:shop', shop)
app.get('/thrown', throwing)
app.get('/rejected', rejecting)
app.get('/unavailable', c => c.json({}, 503))
app.get('/slow', async c => c.json(await slow()))
for (const [name, stream] of Object.entries(streams))
  app.get(`/${name}`, c => c.body(Readable.toWeb(stream()) as ReadableStream))
await start(createAdaptorServer({ fetch: app.fetch }) as Server)
