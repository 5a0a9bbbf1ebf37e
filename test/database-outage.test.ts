/** Postgres crashes under the shop and comes back: nobody restarts anything, and no order is lost or doubled. */

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { type Lab, roles, startLab } from './support/lab-processes.ts'
import { findPostgres, titled, use, whyMissing } from './support/programs.ts'
import { type MortalServer, startPostgres } from './support/real-servers.ts'
import { anOrder, get, placeOrder } from './support/shop-client.ts'

const found = findPostgres()
const missing = whyMissing(found)

describe.skipIf(missing !== undefined)(titled('a crash of Postgres', missing), () => {
  let server: MortalServer
  let lab: Lab

  beforeAll(async () => {
    server = await startPostgres(use(found).bin)
    lab = await startLab({ databaseUrl: server.url })
  })
  afterAll(async () => {
    await lab?.stop()
    await server?.stop()
  })

  test('is answered with errors that say nothing of it, and ends by itself', async () => {
    const before = await placeOrder(lab.shop.url, anOrder(1))
    expect(before.status).toBe(201)
    await untilFulfilled(before.body.id)
    const pids = roles.map(role => lab[role].child.pid)
    await server.kill()
    const key = randomUUID()
    const during = await placeOrder(lab.shop.url, anOrder(2), key)
    expect([during.status, during.headers.get('retry-after')]).toEqual([503, '2'])
    expect(JSON.stringify(during.body)).not.toMatch(/ECONN|postgres|terminat/i)
    await eventually(async () => expect((await get(`${lab.shop.adminUrl}/health/ready`)).status).toBe(503))

    await server.start()
    for (const role of ['shop', 'worker'] as const)
      await eventually(async () => expect((await get(`${lab[role].adminUrl}/health/ready`)).status).toBe(200))
    const after = await eventually(async () => {
      const answer = await placeOrder(lab.shop.url, anOrder(2), key)
      expect(answer.status).toBe(201)
      return answer
    }, 40_000)
    await untilFulfilled(after.body.id)
    expect((await get(`${lab.shop.url}/orders/${before.body.id}`)).body.status).toBe('fulfilled')
    expect(roles.map(role => lab[role].child.pid)).toEqual(pids)
    for (const role of roles) expect(lab[role].child.exitCode, role).toBeNull()
  }, 120_000)

  const untilFulfilled = (order: string) =>
    eventually(
      async () => expect((await get(`${lab.shop.url}/orders/${order}`)).body.status).toBe('fulfilled'),
      30_000,
    )
})
