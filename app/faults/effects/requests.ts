import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { askedFaults } from '../switch.ts'

export const requestFaults = askedFaults('error-ratio', 'latency-fixed', 'latency-long-tail')

/** Fastify's preHandler: errors and latency, per route. */
export async function breakRequest(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const route = request.routeOptions.url
  if (route === undefined) return
  const latency = requestFaults.intensity('latency-fixed', route)
  if (latency !== undefined) await wait(latency * 1000)
  const tail = requestFaults.intensity('latency-long-tail', route)
  if (tail !== undefined) await wait(longTail(tail) * 1000)
  const errors = requestFaults.intensity('error-ratio', route)
  if (errors !== undefined && Math.random() < errors)
    return reply.code(500).send({ error: 'Internal Server Error', message: 'The request failed on purpose' })
}

const sigma = 1.5
const z99 = 2.326
/** A log-normal has no end; a request has. */
const maxOverP99 = 5

/** Seconds from a log-normal distribution with the given 99th percentile. */
function longTail(p99: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
  return p99 * Math.min(maxOverP99, Math.exp(sigma * (normal - z99)))
}
