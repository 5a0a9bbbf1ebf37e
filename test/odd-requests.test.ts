/**
 * Every server of ours is sent odd requests from a seed: 300 each in `ok`, 20,000 each in `ok:long`. None answers with
 * a fault of its own, stays silent past its deadlines, grows, or ends; and each still serves afterwards.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReceiver } from '../compose/receiver/receiver.ts'
import { serve as servePromql } from '../engines/promql/serve/server.ts'
import { newRandom } from '../engines/random.ts'
import { parseExposition } from '../otel/exposition.ts'
import { queryDoor } from '../scripts/door.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { scrape } from './support/metrics-of.ts'
import { oddRequest, sendOdd } from './support/odd-requests.ts'

const perServer = process.env.SIGHTLINE_LONG === '1' ? 20_000 : 300
const atOnce = 50
/** Of a whole request, on a machine that is busy with others. */
const withinMs = 15_000
/** What a process may hold more than before, however many requests came. */
const growthBytes = 150e6

interface Server {
  port: () => number
  paths: readonly string[]
  /** Answered with 200 before and after. */
  healthy: string
}

const folder = mkdtempSync(join(tmpdir(), 'odd-requests-'))
let lab: Lab
let receiver: Awaited<ReturnType<typeof startReceiver>>
let promql: Awaited<ReturnType<typeof servePromql>>

beforeAll(async () => {
  const data = join(folder, 'data.om')
  writeFileSync(data, '# TYPE up gauge\nup 1 1700000000\n# EOF\n')
  ;[lab, receiver, promql] = await Promise.all([
    startLab(),
    startReceiver({ host: '127.0.0.1', port: 0, print: () => {} }),
    servePromql({ data, port: 0, door: queryDoor() }),
  ])
})
afterAll(async () => {
  await Promise.all([lab?.stop(), receiver?.close(), promql?.close()])
  rmSync(folder, { recursive: true })
})

const portOf = (url: string) => Number(new URL(url).port)
const admin = ['/metrics', '/health/live', '/health/ready', '/log-level', '/faults', '/faults/error-ratio']
const servers: Record<string, Server> = {
  shop: {
    port: () => portOf(lab.shop.url),
    paths: [
      '/',
      '/products',
      '/products/1',
      '/products/1/recommendations',
      '/search',
      '/orders',
      '/orders/export',
    ],
    healthy: '/products/1',
  },
  payments: {
    port: () => portOf(lab.payments.url),
    paths: ['/', '/authorizations', '/authorizations/1/close', '/authorizations/1/void'],
    healthy: '',
  },
  worker: {
    port: () => portOf(lab.worker.url),
    paths: ['/', '/queues', '/dead-letters', '/dead-letters/retry'],
    healthy: '/queues',
  },
  'the admin port': { port: () => portOf(lab.payments.adminUrl), paths: admin, healthy: '/health/ready' },
  'the receiver': {
    port: () => receiver.port,
    paths: [
      '/',
      '/notify',
      '/notifications',
      '/notifications.json',
      '/runbooks',
      '/runbooks/Watchdog',
      '/healthz',
    ],
    healthy: '/healthz',
  },
  'promql serve': {
    port: () => portOf(promql.url),
    paths: ['/', '/api/v1/query', '/api/v1/query_range', '/api/v1/series', '/api/v1/labels', '/-/healthy'],
    healthy: '/api/v1/query?query=up',
  },
}

test.each(Object.entries(servers))(
  '%s bears odd requests',
  async (name, { port, paths, healthy }) => {
    const random = newRandom([...name].reduce((seed, letter) => seed * 31 + letter.charCodeAt(0), 7) >>> 0)
    const memory = [await residentMemory()]
    const faults: unknown[] = []
    let answered = 0
    for (let sent = 0; sent < perServer; sent += atOnce) {
      const requests = Array.from({ length: atOnce }, () => oddRequest(random, { paths }))
      const outcomes = await Promise.all(requests.map(request => sendOdd(port(), request, withinMs)))
      for (const [index, { statuses, isSilent }] of outcomes.entries()) {
        answered += statuses.length
        // A 503 says that the server protects itself, which it may.
        if (isSilent || statuses.some(status => status >= 500 && status !== 501 && status !== 503))
          faults.push({
            request: requests[index]!.bytes.toString('latin1').slice(0, 500),
            statuses,
            isSilent,
          })
      }
    }
    expect(faults.slice(0, 3)).toEqual([])
    expect(answered, 'answers').toBeGreaterThan(perServer / 4)
    if (healthy !== '')
      await eventually(async () =>
        expect((await fetch(`http://127.0.0.1:${port()}${healthy}`)).status).toBe(200),
      )
    memory.push(await residentMemory())
    expect(memory[1]! - memory[0]!, 'bytes more than before').toBeLessThan(growthBytes)
  },
  900_000,
)

test('label sets stay few, and every process is the one that was started', async () => {
  for (const role of ['shop', 'payments', 'worker'] as const) {
    expect([lab[role].child.exitCode, lab[role].child.signalCode], role).toEqual([null, null])
    const families = parseExposition(await scrape(lab[role]))
    for (const [metric, { samples }] of families)
      expect(samples.length, `${role}: ${metric}`).toBeLessThan(2500)
  }
})

/** Of this process, which runs the receiver and the engine, and of the three roles. */
async function residentMemory(): Promise<number> {
  const of = async (role: 'shop' | 'payments' | 'worker') =>
    parseExposition(await scrape(lab[role])).get('process_resident_memory_bytes')!.samples[0]!.value
  const roles = await Promise.all([of('shop'), of('payments'), of('worker')])
  return roles.reduce((sum, bytes) => sum + bytes, process.memoryUsage().rss)
}
