import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startAdmin } from '../../otel/admin.ts'
import { setLogLevel } from '../../otel/logs.ts'
import { prepareFaults } from './admin.ts'
import { faultIntensity, stopFaults } from './switch.ts'

let admin: Awaited<ReturnType<typeof startAdmin>>
const leak = { started: 0, stopped: 0, failures: 0 }

beforeAll(async () => {
  setLogLevel('silent')
  const handlers = await prepareFaults('shop', 0, {
    'pool-leak': () => {
      leak.started++
      return () => {
        if (leak.failures-- > 0) throw new Error('No connection')
        leak.stopped++
      }
    },
  })
  admin = await startAdmin({ host: '127.0.0.1', port: 0, ready: () => true, handlers })
})
afterEach(() => stopFaults())
afterAll(() => admin.close())

test('a fault runs with its defaults until it is stopped', async () => {
  expect(faultIntensity('error-ratio', '/search')).toBeUndefined()
  const { status, body } = await ask('POST', '/faults/error-ratio', {})
  expect(status).toBe(200)
  expect(body).toMatchObject({ fault: 'error-ratio', target: '*', intensity: 0.2 })
  expect(faultIntensity('error-ratio', '/search')).toBe(0.2)
  expect((await ask('GET', '/faults')).body).toMatchObject({
    role: 'shop',
    running: [{ fault: 'error-ratio' }],
  })
  await ask('DELETE', '/faults/error-ratio')
  expect(faultIntensity('error-ratio', '/search')).toBeUndefined()
})

test('a fault aimed at one route leaves the others alone, and wins there over one aimed at all', async () => {
  await ask('POST', '/faults/latency-fixed', { target: '/search', intensity: 2 })
  expect(faultIntensity('latency-fixed', '/search')).toBe(2)
  expect(faultIntensity('latency-fixed', '/products')).toBeUndefined()
  await ask('POST', '/faults/latency-fixed', { intensity: 1 })
  expect(faultIntensity('latency-fixed', '/search')).toBe(2)
  expect(faultIntensity('latency-fixed', '/products')).toBe(1)
  await ask('DELETE', '/faults/latency-fixed?target=/search')
  expect(faultIntensity('latency-fixed', '/search')).toBe(1)
})

test('started again, a fault takes the new settings and ends its old effect', async () => {
  leak.started = leak.stopped = 0
  await ask('POST', '/faults/pool-leak', { intensity: 3 })
  await ask('POST', '/faults/pool-leak', { intensity: 5 })
  expect(faultIntensity('pool-leak')).toBe(5)
  expect(leak).toMatchObject({ started: 2, stopped: 1 })
  await ask('DELETE', '/faults')
  expect(leak).toMatchObject({ started: 2, stopped: 2 })
})

test('a fault expires by itself', async () => {
  const { body } = await ask('POST', '/faults/cache-off', { duration: 1 })
  expect(Date.parse(body.endsAt) - Date.parse(body.startedAt)).toBe(1000)
  expect(faultIntensity('cache-off')).toBe(1)
  await vi.waitFor(() => expect(faultIntensity('cache-off')).toBeUndefined(), { timeout: 5000 })
})

test('an effect whose end fails is ended again', async () => {
  leak.stopped = 0
  leak.failures = 1
  await ask('POST', '/faults/pool-leak', {})
  await ask('DELETE', '/faults/pool-leak')
  expect(leak.stopped).toBe(1)
})

test('the ground truth is exported for every fault and target from the start', async () => {
  const idle = await metrics()
  expect(idle).toContain('lab_fault_active{fault="error-ratio",target="/search"} 0')
  expect(idle).toContain('lab_fault_intensity{fault="cpu-burn",target="shop"} 0')
  expect(idle).not.toContain('slow-consumer')
  await ask('POST', '/faults/error-ratio', { target: '/search', intensity: 0.5 })
  const broken = await metrics()
  expect(broken).toContain('lab_fault_active{fault="error-ratio",target="/search"} 1')
  expect(broken).toContain('lab_fault_intensity{fault="error-ratio",target="/search"} 0.5')
  expect(broken).toContain('lab_fault_active{fault="error-ratio",target="*"} 0')
})

test.each<[string, string, string, unknown, number, string]>([
  [
    'unknown fault',
    'POST',
    '/faults/nothing',
    {},
    404,
    'Cannot use fault "nothing": expected one of error-ratio,',
  ],
  ['fault of another process', 'POST', '/faults/slow-consumer', {}, 404, 'in shop'],
  [
    'unknown target',
    'POST',
    '/faults/cpu-burn',
    { target: 'worker' },
    400,
    'Cannot aim cpu-burn at "worker": expected shop',
  ],
  ['target of no own', 'POST', '/faults/error-ratio', { target: 'constructor' }, 400, 'Cannot aim'],
  ['too much', 'POST', '/faults/error-ratio', { intensity: 1.5 }, 400, 'expected 0.001 to 1 ratio, got 1.5'],
  [
    'text for a number',
    'POST',
    '/faults/error-ratio',
    { intensity: '1' },
    400,
    'expected intensity to be a number',
  ],
  ['too long', 'POST', '/faults/error-ratio', { duration: 1e9 }, 400, 'expected 1 to 3600 seconds'],
  ['no time', 'POST', '/faults/error-ratio', { duration: 0 }, 400, 'expected 1 to 3600 seconds'],
  [
    'unknown option',
    'POST',
    '/faults/error-ratio',
    { speed: 1 },
    400,
    'expected target, intensity, duration, got "speed"',
  ],
  ['no body', 'POST', '/faults/error-ratio', undefined, 400, 'or {} for its defaults'],
  ['null', 'POST', '/faults/error-ratio', null, 400, 'expected a body like'],
  ['a list', 'POST', '/faults/error-ratio', [], 400, 'expected a body like'],
  ['broken JSON', 'POST', '/faults/error-ratio', '{', 400, 'expected JSON'],
  ['unknown fault to stop', 'DELETE', '/faults/nothing', undefined, 404, 'Cannot use fault "nothing"'],
  ['unknown target to stop', 'DELETE', '/faults/error-ratio?target=/x', undefined, 400, 'Cannot aim'],
  ['wrong method', 'PUT', '/faults/error-ratio', {}, 405, 'Cannot PUT'],
])('refuses: %s', async (_, method, path, body, status, message) => {
  const answer = await ask(method, path, body)
  expect(answer.status).toBe(status)
  expect(answer.body.message).toContain(message)
})

async function ask(method: string, path: string, body?: unknown) {
  const answer = await fetch(`http://127.0.0.1:${admin.port}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, string> & { endsAt: string; startedAt: string },
  }
}

async function metrics(): Promise<string> {
  return (await fetch(`http://127.0.0.1:${admin.port}/metrics`)).text()
}
