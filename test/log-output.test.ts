/** What `npm run shop -- --logs` prints while everything goes wrong: whole lines of JSON, and nothing secret. */

import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPostgres, findRedis, titled, use, whyMissing } from './support/programs.ts'
import { type MortalServer, startPostgres, startRedis } from './support/real-servers.ts'
import { anOrder, placeOrder } from './support/shop-client.ts'
import { runShop, somePorts, untilStarted } from './support/shop-process.ts'

const postgres = findPostgres()
const redis = findRedis()
const missing = whyMissing(postgres, redis)

describe.skipIf(missing !== undefined)(titled('the output of --logs', missing), () => {
  let database: MortalServer
  let cache: MortalServer

  beforeAll(async () => {
    ;[database, cache] = await Promise.all([startPostgres(use(postgres).bin), startRedis(use(redis).program)])
  })
  afterAll(() => Promise.all([database?.stop(), cache?.stop()]))

  test('holds no password, no token, and no line a customer has written', async () => {
    const ports = await somePorts()
    const shop = runShop(
      {
        ...ports,
        DATABASE_URL: withPassword(database.url, 'hunter2-database'),
        REDIS_URL: cache.url.replace('://', '://:hunter2-cache@'),
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:hunter2-endpoint@127.0.0.1:9',
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hunter2-otlp,x-api-key=hunter2-key',
        LOG_LEVEL: 'debug',
      },
      ['--logs'],
    )
    await untilStarted(shop)
    const url = `http://127.0.0.1:${ports.SHOP_PORT}`
    const attack = async () => {
      for (const path of [
        '/products/%0a%7B%22level%22:%22fatal%22,%22msg%22:%22forged%22%7D',
        '/search?q=%1b%5B2Jforged&token=hunter2-query',
        '/%1b%5B31mforged',
        '/products/1',
        '/products?page=2',
      ])
        await send(
          ports.SHOP_PORT!,
          `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer hunter2-customer\r\ncookie: session=hunter2-cookie\r\nuser-agent: forged\u009b31m\r\ntraceparent: 00-forged\r\n\r\n`,
        )
      for (const customer of ['ada\n{"level":"fatal","msg":"forged"}', '\u001b[2Jforged', 'ada\u2028forged'])
        await placeOrder(url, { ...anOrder(), customer }).catch(() => undefined)
    }
    await attack()
    const fault = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"intensity": 1, "duration": 60}',
    }
    await fetch(`http://127.0.0.1:${ports.SHOP_ADMIN_PORT}/faults/error-ratio`, fault)
    await attack()
    await Promise.all([database.kill(), cache.kill()])
    await attack()
    await wait(2000)
    shop.child.kill('SIGINT')
    await shop.ended

    const lines = shop.output().split('\n')
    const entries = lines.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as object)
    expect(entries.length).toBeGreaterThan(30)
    expect(entries.filter(entry => 'err' in entry).length, 'errors were logged').toBeGreaterThan(3)
    expect(lines.filter(line => /[\p{Cc}\u2028\u2029]/u.test(line))).toEqual([])
    expect(entries).not.toContainEqual(expect.objectContaining({ msg: 'forged' }))
    const everything = shop.output() + shop.errors()
    expect(
      lines.filter(line => line.includes('hunter2')).concat(everything.includes('hunter2') ? ['stderr'] : []),
    ).toEqual([])
    // Nobody needs the innards of a driver to read what has failed.
    expect(Math.max(...lines.map(line => line.length))).toBeLessThan(5000)
  }, 420_000)
})

function withPassword(url: string, password: string): string {
  const changed = new URL(url)
  changed.password = password
  return changed.href
}

function send(port: string, bytes: string): Promise<void> {
  return new Promise(resolve => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')))
    socket.on('data', () => {}).on('error', () => {})
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('close', () => resolve())
  })
}
