/** The same service for Express 4 and 5, which differ in nothing that it does but the rejection. */

import { createServer } from 'node:http'
import { pipeline } from 'node:stream'
import type express from 'express'
import { httpErrorTelemetry, httpServerTelemetry } from '../../express.ts'
import { slow, start, streams, thing, throwing } from './behaviour.ts'

export async function serve(framework: typeof express, rejecting: express.RequestHandler): Promise<void> {
  const app = framework()
  app.use(httpServerTelemetry)
  app.use(framework.json())
  app.get('/things/:id', ({ params }, response) => response.json(thing(params.id)))
  app.all('/things/:id', (_request, response) => response.status(405).json({}))
  app.post('/things', ({ body }, response) => response.json(thing(body.id)))
  const shop = framework.Router()
  shop.get('/items/:item', ({ params }, response) => response.json(thing(params.item)))
  shop.get('/thrown', throwing)
  app.use('/shops/:shop', shop)
  app.get('/thrown', throwing)
  app.get('/rejected', rejecting)
  app.get('/unavailable', (_request, response) => response.status(503).json({}))
  app.get('/slow', async (_request, response) => response.json(await slow()))
  for (const [name, stream] of Object.entries(streams))
    app.get(`/${name}`, (_request, response) => pipeline(stream(), response, () => {}))
  app.use(httpErrorTelemetry)
  await start(createServer(app))
}
