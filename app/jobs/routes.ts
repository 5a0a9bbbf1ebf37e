/** The worker's own HTTP surface: what waits, what has died, and another chance for it. */
import type { FastifyInstance } from 'fastify'
import type { PgBoss } from 'pg-boss'
import { wholeText } from '../http/input.ts'
import { deadLetterQueue, type FulfilmentJob, fulfilmentQueue } from './queue.ts'

const listedAtMost = 100

export async function jobRoutes(app: FastifyInstance, { boss }: { boss: PgBoss }): Promise<void> {
  app.get('/queues', async () => {
    const queues = await boss.getQueues([fulfilmentQueue, deadLetterQueue])
    return {
      queues: queues.map(({ name, readyCount, deferredCount, activeCount }) => ({
        name,
        ready: readyCount,
        delayed: deferredCount,
        active: activeCount,
      })),
    }
  })

  app.get('/dead-letters', async request => {
    const query = request.query as Record<string, unknown>
    const limit = wholeText(query, 'limit', { min: 1, max: listedAtMost, preset: listedAtMost })
    const jobs = await boss.findJobs<FulfilmentJob>(deadLetterQueue)
    return {
      deadLetters: jobs
        .filter(job => job.state === 'created' || job.state === 'retry')
        .slice(0, limit)
        .map(({ id, data, createdOn, sourceOutput }) => ({
          id,
          order: data.order,
          diedAt: createdOn,
          reason: reasonOf(sourceOutput),
        })),
    }
  })

  app.post('/dead-letters/retry', async (request, reply) => {
    const query = request.query as Record<string, unknown>
    const limit = wholeText(query, 'limit', { min: 1, max: 1000, preset: 100 })
    reply.code(201)
    return { retried: await boss.redrive(deadLetterQueue, { limit }) }
  })
}

function reasonOf(output: object | null): string | null {
  return output !== null && 'message' in output ? String(output.message) : null
}
