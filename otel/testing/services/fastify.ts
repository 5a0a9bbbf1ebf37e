import Fastify from 'fastify'
import { httpServerTelemetry } from '../../fastify.ts'
import { rejecting, slow, start, streams, thing, throwing } from './behaviour.ts'

const app = Fastify()
await app.register(httpServerTelemetry)
app.get<{ Params: { id: string } }>('/things/:id', ({ params }) => thing(params.id))
app.route({
  method: ['POST', 'PUT', 'PATCH', 'DELETE'],
  url: '/things/:id',
  handler: (_request, reply) => reply.code(405).send({}),
})
app.post<{ Body: { id: string } }>('/things', ({ body }) => thing(body.id))
app.register(
  async shop => {
    shop.get<{ Params: { item: string } }>('/items/:item', ({ params }) => thing(params.item))
    shop.get('/thrown', throwing)
  },
  { prefix: '/shops/:shop' },
)
app.get('/thrown', throwing)
app.get('/rejected', rejecting)
app.get('/unavailable', (_request, reply) => reply.code(503).send({}))
app.get('/slow', slow)
for (const [name, stream] of Object.entries(streams))
  app.get(`/${name}`, (_request, reply) => reply.send(stream()))
await app.listen({ host: '127.0.0.1', port: 0 })
await start(app.server)
