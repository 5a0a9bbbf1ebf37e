/** Somebody's service: Fastify, measured by fastify-metrics as its README has it. Every fifth order fails. */
import fastify from 'fastify'
import metrics from 'fastify-metrics'

const app = fastify()
await app.register(metrics.default ?? metrics, { endpoint: '/metrics' })
let orders = 0
app.get('/orders', (_request, reply) => reply.code(++orders % 5 === 0 ? 500 : 200).send())
await app.listen({ port: 0, host: '127.0.0.1' })
console.log(app.server.address().port)
