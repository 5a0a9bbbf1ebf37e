/** `npm run shop` as a person at a terminal meets it. */

import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runtime } from '../otel/signals.ts'
import { eventually } from './support/eventually.ts'
import { samplesOf } from './support/metrics-of.ts'
import { isFree } from './support/ports.ts'
import { get, placeOrder } from './support/shop-client.ts'
import { runShop, somePorts, untilStarted } from './support/shop-process.ts'

test('says in one block what runs where, and Ctrl-C ends all of it with 0', async () => {
  const ports = await somePorts()
  const shop = runShop(ports)
  await untilStarted(shop)
  for (const port of [ports.SHOP_PORT, ports.SHOP_ADMIN_PORT, ports.WORKER_PORT])
    expect(shop.output()).toContain(port)
  expect((await fetch(`http://127.0.0.1:${ports.SHOP_PORT}/products`)).status).toBe(200)
  shop.child.kill('SIGINT')
  expect(await shop.ended).toBe(0)
  for (const port of Object.values(ports)) expect(await isFree(Number(port)), port).toBe(true)
  expect(shop.output()).not.toMatch(/warn|error/)
}, 240_000)

test.each([
  ['at once', async () => {}],
  [
    'when payments is there',
    async (ports: Record<string, string>) => {
      await eventually(async () => expect(await isFree(Number(ports.PAYMENTS_PORT))).toBe(false), 60_000)
    },
  ],
])(
  'Ctrl-C during the start, %s, ends it soon and leaves nothing behind',
  async (_, moment) => {
    const ports = await somePorts()
    const shop = runShop({ ...ports, DRAIN_MS: '10000' })
    await eventually(() => expect(shop.output()).toContain('Starting'), 60_000)
    await moment(ports)
    const children = childrenOf(shop.child.pid!)
    const askedAt = performance.now()
    shop.child.kill('SIGINT')
    expect(await shop.ended).toBe(0)
    // Far less than a role that drains would take, however busy the machine is.
    expect(performance.now() - askedAt).toBeLessThan(5000)
    for (const port of Object.values(ports)) expect(await isFree(Number(port)), port).toBe(true)
    for (const child of children) expect(() => process.kill(child, 0), String(child)).toThrow('ESRCH')
    expect(shop.errors()).toBe('')
  },
  90_000,
)

test('port 0 is any free one, also of an IPv6 host, and the commands of the banner reach it', async () => {
  const names = ['SHOP', 'PAYMENTS', 'WORKER'].flatMap(role => [`${role}_PORT`, `${role}_ADMIN_PORT`])
  const shop = runShop({ HOST: '::1', ...Object.fromEntries(names.map(name => [name, '0'])) })
  await untilStarted(shop)
  const [, url] = /shop +(http:\S+)\/products/.exec(shop.output())!
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  expect((await placeOrder(url!)).status).toBe(201)
  const commands = shop.output().match(/^ .*npm run .*$/gm)!
  expect(commands).toHaveLength(3)
  const environment = (command: string) =>
    Object.fromEntries(
      [...command.matchAll(/\b(HOST|\w+_PORT)=(\S+)/g)].map(([, name, value]) => [name, value]),
    )
  const run = (script: string, env: object, ...args: string[]) =>
    // A busy machine breaks a budget of the load, which ends it with 1 after it has said all.
    spawnSync(process.execPath, [`scripts/${script}.ts`, ...args], {
      env: { PATH: process.env.PATH, ...env },
      encoding: 'utf8',
    }).stdout
  expect(environment(commands[0]!)).toEqual({ HOST: '::1', SHOP_PORT: new URL(url!).port })
  const list = JSON.parse(run('fault', environment(commands[1]!), 'list', '--json')) as {
    processes: object[]
  }
  expect(list.processes).toMatchObject([{ up: true }, { up: true }, { up: true }])
  const options = ['--duration', '1s', '--mix', 'search=1', '--rate', '2', '--metrics-port', '0', '--json']
  const load = run('load', environment(commands[0]!), ...options)
  expect(JSON.parse(load)).toMatchObject({ journeys: { search: {} } })
}, 240_000)

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

test('a role that crashes is started again, and an embedded database with all who need it', async () => {
  const ports = await somePorts()
  const adminUrl = `http://127.0.0.1:${ports.PAYMENTS_ADMIN_PORT}`
  const url = `http://127.0.0.1:${ports.SHOP_PORT}`
  const shop = runShop(ports)
  await untilStarted(shop)
  const startedAt = async () => (await samplesOf({ adminUrl }, runtime.startTime))[0]!.value
  const first = await startedAt()
  await fetch(`${adminUrl}/faults/crash`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"intensity": 0, "duration": 1}',
  })
  await eventually(async () => expect(await startedAt()).toBeGreaterThan(first), 90_000)
  await eventually(async () => expect((await fetch(`${adminUrl}/health/ready`)).status).toBe(200), 90_000)
  expect(shop.output()).toContain('payments ended with 1')

  expect((await placeOrder(url)).status).toBe(201)
  process.kill(pidOfDatabase(shop.child.pid!), 'SIGKILL')
  await eventually(() => expect(shop.output()).toMatch(/^the embedded database.* ended with SIGKILL, /m))
  const { body } = await eventually(async () => {
    const answer = await placeOrder(url)
    expect(answer.status).toBe(201)
    return answer
  }, 180_000)
  await eventually(
    async () => expect((await get(`${url}/orders/${body.id}`)).body.status).toBe('fulfilled'),
    60_000,
  )
  expect((await get<{ products: object[] }>(`${url}/products?page=2`)).body.products).toHaveLength(20)
  shop.child.kill('SIGINT')
  expect(await shop.ended).toBe(0)
}, 600_000)

test('while the roles of a killed supervisor drain, their database is there; then nothing is left', async () => {
  const ports = await somePorts()
  const shop = runShop({ ...ports, DRAIN_MS: '2500' })
  await untilStarted(shop)
  const url = `http://127.0.0.1:${ports.SHOP_PORT}`
  const database = pidOfDatabase(shop.child.pid!)
  // Its streams stay open as long as a role does, so its exit is what to wait for.
  const killed = once(shop.child, 'exit')
  shop.child.kill('SIGKILL')
  await killed
  await wait(500)
  const late = await Promise.all([get(`${url}/products?page=7`), placeOrder(url)])
  expect(late.map(({ status }) => status)).toEqual([200, 201])
  await eventually(async () => {
    for (const port of Object.values(ports)) expect(await isFree(Number(port)), port).toBe(true)
    expect(() => process.kill(database, 0)).toThrow('ESRCH')
  }, 30_000)
  expect(await shop.ended).toBe('SIGKILL')
}, 240_000)

test.each([
  [{ SHOP_PORT: 'eighty' }, 'Cannot read SHOP_PORT: expected a whole number from 0 to 65535, got "eighty"'],
  [{ SHOP_PORT: '0x50' }, 'Cannot read SHOP_PORT: expected a whole number from 0 to 65535, got "0x50"'],
  [
    { DATABASE_URL: 'foo' },
    'Cannot read DATABASE_URL: expected an address that starts with postgres:// or postgresql://',
  ],
])('%j ends the start before anything has begun, with 2', async (env, message) => {
  const shop = runShop(env as unknown as Record<string, string>)
  expect(await shop.ended).toBe(2)
  expect(shop.output()).toBe('')
  expect(shop.errors().split('\n')).toEqual([message, 'See `npm run shop -- --help`', ''])
})

test('a host that is not this machine is named', async () => {
  const shop = runShop({ HOST: '192.0.2.1' })
  expect(await shop.ended).toBe(2)
  expect(shop.errors()).toMatch(
    /^Cannot listen on 192\.0\.2\.1:\d+: expected an address and a port of this machine, got EADDRNOTAVAIL\n/,
  )
})

test('wrong use ends with 2', async () => {
  const shop = runShop({}, ['--no-such-option'])
  expect(await shop.ended).toBe(2)
  expect(shop.errors()).toContain('See `npm run shop -- --help`')
})

function childrenOf(supervisor: number): number[] {
  // It exits with 1 when there are none, which is an answer.
  return spawnSync('ps', ['--no-headers', '-o', 'pid', '--ppid', String(supervisor)], { encoding: 'utf8' })
    .stdout.split('\n')
    .map(Number)
    .filter(pid => pid > 0)
}

function pidOfDatabase(supervisor: number): number {
  return Number(
    execFileSync('pgrep', ['-P', String(supervisor), '-f', 'embedded/database.ts'], { encoding: 'utf8' }),
  )
}
