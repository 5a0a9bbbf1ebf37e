import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import Router from '@koa/router'
import Koa from 'koa'
import { httpServerTelemetry } from '../../koa.ts'
import { rejecting, slow, start, streams, thing, throwing } from './behaviour.ts'

const app = new Koa()
app.silent = true
const router = new Router()
router.get('/things/:id', ctx => {
  ctx.body = thing(ctx.params.id)
})
router.register('/things/:id', ['POST', 'PUT', 'PATCH', 'DELETE'], ctx => {
  ctx.status = 405
})
router.post('/things', async ctx => {
  ctx.body = thing(((await json(ctx.req)) as { id: string }).id)
})
const shop = new Router()
shop.get('/items/:item', ctx => {
  ctx.body = thing(ctx.params.item)
})
shop.get('/thrown', throwing)
router.use('/shops/:shop', shop.routes())
router.get('/thrown', throwing)
router.get('/rejected', rejecting)
router.get('/unavailable', ctx => {
  ctx.status = 503
})
router.get('/slow', async ctx => {
  ctx.body = await slow()
})
for (const [name, stream] of Object.entries(streams))
  router.get(`/${name}`, ctx => {
    ctx.body = stream()
  })
app.use(httpServerTelemetry)
app.use(router.routes())
await start(createServer(app.callback()))
