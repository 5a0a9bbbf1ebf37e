/** `npm run shop` as a person at a terminal meets it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { runtime } from '../otel/signals.ts'
import { eventually } from './eventually.ts'
import { freePorts } from './lab-processes.ts'
import { samplesOf } from './metrics-of.ts'
import { get, placeOrder } from './shop-client.ts'

const script = fileURLToPath(new URL('../scripts/shop.ts', import.meta.url))
interface ShopCommand {
  child: ChildProcess
  ended: Promise<number | NodeJS.Signals>
  output: () => string
  errors: () => string
}

const running: ShopCommand[] = []

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
  }
})

test('says in one block what runs where, and Ctrl-C ends all of it with 0', async () => {
  const ports = await somePorts()
  const shop = runShop(ports)
  await eventually(() => expect(shop.output()).toContain('Ctrl-C stops all'), 60_000)
  for (const port of [ports.SHOP_PORT, ports.SHOP_ADMIN_PORT, ports.WORKER_PORT])
    expect(shop.output()).toContain(port)
  expect((await fetch(`http://127.0.0.1:${ports.SHOP_PORT}/products`)).status).toBe(200)
  shop.child.kill('SIGINT')
  expect(await shop.ended).toBe(0)
  for (const port of Object.values(ports)) expect(await isFree(Number(port)), port).toBe(true)
  expect(shop.output()).not.toMatch(/warn|error/)
}, 90_000)

test('Ctrl-C during the start leaves nothing behind', async () => {
  const ports = await somePorts()
  const shop = runShop(ports)
  await eventually(async () => expect(await isFree(Number(ports.PAYMENTS_ADMIN_PORT))).toBe(false), 60_000)
  shop.child.kill('SIGINT')
  expect(await shop.ended).toBe(0)
  for (const port of Object.values(ports)) expect(await isFree(Number(port)), port).toBe(true)
}, 90_000)

test('a taken port ends in one line that says which, and which variable changes it', async () => {
  const ports = await somePorts()
  const other = createServer().listen(Number(ports.WORKER_PORT), '127.0.0.1')
  await once(other, 'listening')
  const shop = runShop(ports)
  expect(await shop.ended).toBe(1)
  other.close()
  const said = shop.errors().trim()
  expect(said.split('\n')).toHaveLength(1)
  expect(said).toContain(ports.WORKER_PORT)
  expect(said).toContain('WORKER_PORT')
}, 60_000)

test('a role that crashes is started again', async () => {
  const ports = await somePorts()
  const adminUrl = `http://127.0.0.1:${ports.PAYMENTS_ADMIN_PORT}`
  const shop = runShop(ports)
  await eventually(() => expect(shop.output()).toContain('Ctrl-C stops all'), 60_000)
  const startedAt = async () => (await samplesOf({ adminUrl }, runtime.startTime))[0]!.value
  const first = await startedAt()
  await fetch(`${adminUrl}/faults/crash`, { method: 'POST', body: '{"intensity": 0, "duration": 1}' })
  await eventually(async () => expect(await startedAt()).toBeGreaterThan(first), 30_000)
  await eventually(async () => expect((await fetch(`${adminUrl}/health/ready`)).status).toBe(200), 30_000)
  expect(shop.output()).toContain('payments ended with 1')
}, 120_000)

test('an embedded database that crashes is started again, with all who need it', async () => {
  const ports = await somePorts()
  const shop = runShop(ports)
  await eventually(() => expect(shop.output()).toContain('Ctrl-C stops all'), 60_000)
  const url = `http://127.0.0.1:${ports.SHOP_PORT}`
  expect((await placeOrder(url)).status).toBe(201)
  process.kill(pidOfDatabase(shop.child.pid!), 'SIGKILL')
  await eventually(() => expect(shop.output()).toMatch(/^the embedded database.* ended with SIGKILL, /m))
  const { body } = await eventually(async () => {
    const answer = await placeOrder(url)
    expect(answer.status).toBe(201)
    return answer
  }, 60_000)
  await eventually(
    async () => expect((await get(`${url}/orders/${body.id}`)).body.status).toBe('fulfilled'),
    30_000,
  )
  expect((await get<{ products: object[] }>(`${url}/products?page=2`)).body.products).toHaveLength(20)
  shop.child.kill('SIGINT')
  expect(await shop.ended).toBe(0)
}, 180_000)

test('a supervisor that is killed leaves nothing running', async () => {
  const ports = await somePorts()
  const shop = runShop(ports)
  await eventually(() => expect(shop.output()).toContain('Ctrl-C stops all'), 60_000)
  const database = pidOfDatabase(shop.child.pid!)
  shop.child.kill('SIGKILL')
  expect(await shop.ended).toBe('SIGKILL')
  await eventually(async () => {
    for (const port of Object.values(ports)) expect(await isFree(Number(port)), port).toBe(true)
    expect(() => process.kill(database, 0)).toThrow('ESRCH')
  }, 30_000)
}, 120_000)

test('a variable that cannot be read ends the start before anything has begun', async () => {
  const shop = runShop({ SHOP_PORT: 'eighty' })
  expect(await shop.ended).toBe(1)
  expect(shop.errors().trim()).toBe(
    'Cannot read SHOP_PORT: expected a whole number from 0 to 65535, got "eighty"',
  )
})

test('wrong use ends with 2', async () => {
  const shop = runShop({}, ['--no-such-option'])
  expect(await shop.ended).toBe(2)
})

function pidOfDatabase(supervisor: number): number {
  return Number(execFileSync('pgrep', ['-P', String(supervisor), '-f', 'embedded.ts'], { encoding: 'utf8' }))
}

async function somePorts(): Promise<Record<string, string>> {
  const names = ['SHOP', 'PAYMENTS', 'WORKER'].flatMap(role => [`${role}_PORT`, `${role}_ADMIN_PORT`])
  const ports = await freePorts(names.length)
  return Object.fromEntries(names.map((name, index) => [name, String(ports[index])]))
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  const result = await new Promise<boolean>(resolve => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (result) await new Promise(resolve => probe.close(resolve))
  return result
}

function runShop(env: Record<string, string>, args: string[] = []): ShopCommand {
  let output = ''
  let errors = ''
  const child = spawn(process.execPath, [script, ...args], {
    env: { PATH: process.env.PATH ?? '', DRAIN_MS: '200', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  const shop = { child, ended, output: () => output, errors: () => errors }
  running.push(shop)
  return shop
}
