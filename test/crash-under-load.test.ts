/**
 * Everything is killed without warning while customers order: no order is lost or doubled, and nobody has paid for what
 * is not delivered, also those who gave up after the first refusal. In `ok` the roles together and then everything at
 * once, on the embedded database; in `ok:long` each part on its own as well, and on Postgres.
 */

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { type Customers, sendCustomers } from './support/customers.ts'
import { eventually } from './support/eventually.ts'
import {
  beginBooks,
  letOrdersAge,
  type OrderBooks,
  openBooks,
  readBooks,
  unfulfilled,
  unsettled,
} from './support/order-books.ts'
import { isFree } from './support/ports.ts'
import { findPostgres, findRedis, titled, use, whyMissing } from './support/programs.ts'
import { startPostgres, startRedis } from './support/real-servers.ts'
import { runShop, somePorts, untilStarted } from './support/shop-process.ts'

const isLong = process.env.SIGHTLINE_LONG === '1'
const products = 20
/** A pending order is given up after 30 s, an unfinished job after 60 s and noticed 30 s later. */
const patienceMs = 180_000

interface Place {
  /** Settings of the shop. */
  env: Record<string, string>
  databaseUrl: (supervisor: number) => string
  /** What is not a process of the shop is killed and started again. */
  killServers: () => Promise<void>
  stop: () => Promise<void>
}

const postgres = findPostgres()
const redis = findRedis()
const places = [
  { name: 'the embedded database', missing: undefined, start: startEmbedded },
  { name: 'Postgres and Redis', missing: whyMissing(postgres, redis), start: startServers },
].slice(0, isLong ? 2 : 1)

describe.each(places)('$name', ({ name, missing, start }) => {
  const folder = mkdtempSync(join(tmpdir(), 'crash-under-load-'))
  const ledger = join(folder, 'payments')
  let place: Place
  let ports: Record<string, string>
  let shop: ReturnType<typeof runShop>
  let books: pg.Client | undefined

  afterAll(async () => {
    await books?.end().catch(() => {})
    shop?.child.kill('SIGTERM')
    await shop?.ended
    await place?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test.skipIf(missing !== undefined)(
    titled('killed under load, every acknowledged order exists once, is paid once and has one job', missing),
    async ({ task }) => {
      place = await start(folder)
      ports = await somePorts()
      await startShop()
      await beginBooks(await lookIntoDatabase(), products)
      const crowd = { careful: isLong ? 12 : 6, impatient: 4, products }
      const customers = sendCustomers(`http://127.0.0.1:${ports.SHOP_PORT}`, crowd)
      const perSecond = await rateOf(customers, isLong ? 10 : 2)
      const kills = isLong ? everyKill() : [killRoles('payments', 'worker', 'shop'), powerCut()]
      for (const { what, kill } of kills) {
        await kill()
        await soldAgain(customers, what)
      }
      const client = await lookIntoDatabase()
      if (!isLong) await letOrdersAge(client)
      await customers.leave()
      if (!isLong) await letOrdersAge(client)
      await eventually(async () => expect(await unsettled(client)).toEqual([]), patienceMs)
      if (isLong) await eventually(async () => expect(await unfulfilled(client)).toEqual([]), patienceMs)
      const found = await readBooks(client, ledger, customers)
      const { sent, refused } = customers.requests
      const killed = kills.map(({ what }) => what).join(', ')
      console.log(
        `${name}: killed ${killed}; ${perSecond.toFixed(0)} orders/s before; ${sent} requests, ${refused} refused or cut off; ${summaryOf(found)}`,
      )
      task.meta.figures = [
        [
          name,
          `${kills.length}: ${killed}`,
          perSecond.toFixed(0),
          sent,
          found.acknowledged,
          troublesOf(found),
        ],
      ]
      expect(found).toEqual({ ...nothingAmiss, acknowledged: customers.acknowledged.length })
      expect(found.acknowledged).toBeGreaterThan(isLong ? 500 : 50)
      expect(refused, 'the crashes were felt').toBeGreaterThan(0)
    },
    600_000,
  )

  async function startShop(): Promise<void> {
    shop = runShop({ ...place.env, ...ports, PAYMENTS_LEDGER: ledger })
    await untilStarted(shop)
  }

  async function lookIntoDatabase(): Promise<pg.Client> {
    await books?.end().catch(() => {})
    books = await openBooks(place.databaseUrl(shop.child.pid!))
    return books
  }

  function everyKill() {
    const database = { what: 'the servers', kill: () => place.killServers() }
    return [
      killRoles('payments'),
      killRoles('worker'),
      killRoles('shop'),
      name.includes('embedded') ? killRoles('embedded/database') : database,
      supervisorAlone(),
      killRoles('payments', 'worker', 'shop'),
      powerCut(),
    ]
  }

  /** The supervisor starts them again. */
  function killRoles(...parts: string[]) {
    const what = parts.map(part => part.replace(/.*\//, '')).join(' and ')
    return {
      what,
      kill: async () => {
        for (const part of parts) process.kill(partOf(shop.child.pid!, part), 'SIGKILL')
        // Dead before anybody asks whether it answers.
        await wait(500)
      },
    }
  }

  /** Its roles finish what they have begun, then somebody starts all again. */
  function supervisorAlone() {
    return {
      what: 'the supervisor',
      kill: async () => {
        await killSupervisor()
        await portsFree()
        await startShop()
      },
    }
  }

  function powerCut() {
    return {
      what: 'everything at once',
      kill: async () => {
        const parts = childrenOf(shop.child.pid!)
        await killSupervisor()
        for (const pid of parts) process.kill(pid, 'SIGKILL')
        await Promise.all([place.killServers(), portsFree()])
        await startShop()
      },
    }
  }

  async function killSupervisor(): Promise<void> {
    const exit = once(shop.child, 'exit')
    shop.child.kill('SIGKILL')
    await exit
  }

  async function portsFree(): Promise<void> {
    await eventually(async () => {
      for (const port of Object.values(ports)) expect(await isFree(Number(port)), port).toBe(true)
    }, 60_000)
  }
})

async function rateOf({ acknowledged }: Customers, seconds: number): Promise<number> {
  await wait(1000)
  const before = acknowledged.length
  await wait(seconds * 1000)
  return (acknowledged.length - before) / seconds
}

/** Orders flow again, and for a while, so that the next kill meets some under way. */
async function soldAgain({ acknowledged }: Customers, after: string): Promise<void> {
  const before = acknowledged.length
  await eventually(
    () => expect(acknowledged.length, `orders after the end of ${after}`).toBeGreaterThan(before + 20),
    patienceMs,
  )
  await wait(isLong ? 2000 : 500)
}

const nothingAmiss: Omit<OrderBooks, 'acknowledged'> = {
  missing: [],
  doubled: [],
  chargedTwice: [],
  chargedAndNotPlaced: [],
  placedAndNotCharged: [],
  jobsLost: [],
  jobsDoubled: [],
  stockAmiss: 0,
}

function troublesOf(books: OrderBooks): number {
  const lists = Object.values(books).filter(value => Array.isArray(value))
  return lists.reduce((sum, list) => sum + list.length, 0) + Math.abs(books.stockAmiss)
}

function summaryOf(books: OrderBooks): string {
  return Object.entries(books)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.length : value}`)
    .join(', ')
}

async function startEmbedded(folder: string): Promise<Place> {
  return {
    env: { EMBEDDED_DATABASE_DIR: join(folder, 'database') },
    databaseUrl: supervisor => {
      const environment = execFileSync('ps', ['eww', '-o', 'command=', String(partOf(supervisor, 'shop'))], {
        encoding: 'utf8',
      })
      return /\bDATABASE_URL=(\S+)/.exec(environment)![1]!
    },
    killServers: async () => {},
    stop: async () => {},
  }
}

async function startServers(): Promise<Place> {
  const [database, cache] = await Promise.all([
    startPostgres(use(postgres).bin),
    startRedis(use(redis).program),
  ])
  const servers = [database, cache]
  return {
    env: { DATABASE_URL: database.url, REDIS_URL: cache.url },
    databaseUrl: () => database.url,
    killServers: async () => {
      await Promise.all(servers.map(server => server.kill('SIGKILL')))
      await wait(1000)
      await Promise.all(servers.map(server => server.start()))
    },
    stop: async () => {
      await Promise.all(servers.map(server => server.stop()))
    },
  }
}

function childrenOf(supervisor: number): number[] {
  return execFileSync('pgrep', ['-P', String(supervisor)], { encoding: 'utf8' })
    .split('\n')
    .flatMap(line => Number(line) || [])
}

/** The process of a supervisor that runs this file of app/. */
function partOf(supervisor: number, part: string): number {
  return Number(
    execFileSync('pgrep', ['-P', String(supervisor), '-f', `app/${part}\\.ts`], { encoding: 'utf8' }),
  )
}
