/** Processes that start together on an empty database: one makes the queue, the schema and the catalogue, the others wait. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { productCount } from '../app/catalog/product-generator.ts'
import { migrations } from '../app/database/migrations.ts'
import { findPostgres, titled, use, whyMissing } from './support/programs.ts'
import { type RealServer, startPostgres } from './support/real-servers.ts'

const found = findPostgres()
const missing = whyMissing(found)

const versions = migrations.map(({ version }) => version)
const program = `
  import { migrate } from './app/database/migrations.ts'
  import { openPool } from './app/database/pool.ts'
  import { seedProducts } from './app/catalog/seed.ts'
  import { openQueue } from './app/jobs/queue.ts'
  const pool = openPool({ url: process.env.DATABASE_URL, size: 2, application: 'test' })
  process.once('message', async () => {
    const queue = await openQueue(pool, { maintain: false }).then(() => 'open', ({ message }) => message)
    process.send({ queue, migrated: await migrate(pool), seeded: await seedProducts(pool) }, () => process.exit())
  })
  process.send('loaded')`

describe.skipIf(missing !== undefined)(titled('on a fresh Postgres', missing), () => {
  let server: RealServer

  beforeAll(async () => {
    server = await startPostgres(use(found).bin)
  })
  afterAll(() => server?.stop())

  test.each([1, 2, 3])(
    'round %i',
    async round => {
      const admin = new pg.Client({ connectionString: server.url })
      await admin.connect()
      await admin.query(`CREATE DATABASE round_${round}`)
      await admin.end()
      const url = server.url.replace(/postgres$/, `round_${round}`)
      const processes = await Promise.all([start(url), start(url)])
      const results = await Promise.all(processes.map(finish => finish()))
      expect(results.map(({ queue }) => queue)).toEqual(['open', 'open'])
      expect(results.map(({ migrated }) => migrated).sort((a, b) => b.length - a.length)).toEqual([
        versions,
        [],
      ])
      expect(results.map(({ seeded }) => seeded).sort((a, b) => b - a)).toEqual([productCount, 0])
    },
    60_000,
  )
})

/** The process is ready to begin at a word, so that both begin at the same time. */
async function start(
  url: string,
): Promise<() => Promise<{ queue: string; migrated: number[]; seeded: number }>> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: new URL('..', import.meta.url),
    env: { PATH: process.env.PATH ?? '', DATABASE_URL: url },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  return async () => {
    child.send('begin')
    const [[result]] = await Promise.all([once(child, 'message'), once(child, 'exit')])
    return result
  }
}
