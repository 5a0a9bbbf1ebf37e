/** Every setting of the three processes, read once from the environment; what cannot be read stops the start. */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ports } from '../contract/ports.ts'
import { got, UserError, wrongUse } from '../contract/user-error.ts'

/** Where everything listens unless told otherwise. */
const { shop, shopAdmin, payments, paymentsAdmin, worker, workerAdmin } = ports
export const portSettings = { shop, shopAdmin, payments, paymentsAdmin, worker, workerAdmin } as const

export interface Config {
  host: string
  ports: Record<keyof typeof portSettings, number>
  /** Undefined: nobody named a database, so the supervisor starts the embedded one. */
  databaseUrl: string | undefined
  /** Where the embedded database keeps its data; in memory, and so the same at every start, without. */
  embeddedDirectory: string | undefined
  poolSize: number
  redisUrl: string | undefined
  paymentsUrl: string
  /** Where each process tells and takes what is not for customers. */
  adminUrls: Record<'shop' | 'payments' | 'worker', string>
  /** The file in which payments keeps what it has decided. */
  paymentsLedger: string
  /** Requests a client may send each second. */
  rateLimit: number
  /** Milliseconds in which balancers see that the process is no longer ready, before it refuses requests. */
  drainMs: number
  workerSlots: number
}

type Environment = Readonly<Record<string, string | undefined>>

const web = ['http:', 'https:']

export function readConfig(env: Environment = process.env): Config {
  const host = env.HOST || '127.0.0.1'
  const ports = Object.fromEntries(
    Object.entries(portSettings).map(([name, { variable, number }]) => [
      name,
      wholeNumber(env, variable, number, 0, 65_535),
    ]),
  ) as Config['ports']
  return {
    host,
    ports,
    databaseUrl: address(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    embeddedDirectory: env.EMBEDDED_DATABASE_DIR || undefined,
    poolSize: wholeNumber(env, 'DATABASE_POOL_SIZE', 10, 2, 1000),
    redisUrl: address(env, 'REDIS_URL', ['redis:', 'rediss:']),
    paymentsUrl: address(env, 'PAYMENTS_URL', web) ?? `http://${reachable(host)}:${ports.payments}`,
    adminUrls: {
      shop: address(env, 'SHOP_ADMIN_URL', web) ?? `http://${reachable(host)}:${ports.shopAdmin}`,
      payments: address(env, 'PAYMENTS_ADMIN_URL', web) ?? `http://${reachable(host)}:${ports.paymentsAdmin}`,
      worker: address(env, 'WORKER_ADMIN_URL', web) ?? `http://${reachable(host)}:${ports.workerAdmin}`,
    },
    paymentsLedger:
      env.PAYMENTS_LEDGER || join(tmpdir(), `sightline-payments-${ports.payments || process.pid}.ledger`),
    rateLimit: wholeNumber(env, 'RATE_LIMIT_PER_SECOND', 2000, 1, 1_000_000),
    drainMs: wholeNumber(env, 'DRAIN_MS', 1000, 0, 60_000),
    workerSlots: wholeNumber(env, 'WORKER_SLOTS', 8, 1, 100),
  }
}

export function requireDatabase({ databaseUrl }: Config): string {
  if (databaseUrl !== undefined) return databaseUrl
  throw new UserError({
    action: 'start without a database',
    expected: 'DATABASE_URL',
    got: 'nothing (`npm run shop` starts an embedded one)',
  })
}

/** The address under which a process on this machine reaches what listens on `host`. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function wholeNumber(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw wrongUse({
    action: `read ${name}`,
    expected: `a whole number from ${min} to ${max}`,
    got: got(text),
  })
}

/** An address may hold a password, so the message never repeats it. */
function address(env: Environment, name: string, protocols: string[]): string | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  if (protocols.includes(URL.parse(text)?.protocol ?? '')) return text
  throw wrongUse({
    action: `read ${name}`,
    expected: `an address that starts with ${protocols.join('// or ')}//`,
  })
}
