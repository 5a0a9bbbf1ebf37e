import { expect, test } from 'vitest'
import { readConfig, requireDatabase } from './config.ts'

test('without any variable everything has its place on this machine only', () => {
  const config = readConfig({})
  expect(config).toMatchObject({
    host: '127.0.0.1',
    ports: {
      shop: 8080,
      payments: 8081,
      worker: 8082,
      shopAdmin: 9464,
      paymentsAdmin: 9465,
      workerAdmin: 9466,
    },
    databaseUrl: undefined,
    redisUrl: undefined,
    paymentsUrl: 'http://127.0.0.1:8081',
  })
})

test('the shop finds payments where it listens', () => {
  expect(readConfig({ PAYMENTS_PORT: '5000' }).paymentsUrl).toBe('http://127.0.0.1:5000')
  expect(readConfig({ HOST: '0.0.0.0' }).paymentsUrl).toBe('http://127.0.0.1:8081')
  expect(readConfig({ HOST: '::1' }).paymentsUrl).toBe('http://[::1]:8081')
  expect(readConfig({ PAYMENTS_URL: 'http://payments:1' }).paymentsUrl).toBe('http://payments:1')
})

test('the admin ports are where the processes listen, unless told otherwise', () => {
  expect(
    readConfig({ HOST: '::1', WORKER_ADMIN_PORT: '7', SHOP_ADMIN_URL: 'http://shop:1' }).adminUrls,
  ).toEqual({
    shop: 'http://shop:1',
    payments: 'http://[::1]:9465',
    worker: 'http://[::1]:7',
  })
})

test.each([
  [{ SHOP_PORT: 'http' }, 'Cannot read SHOP_PORT: expected a whole number from 0 to 65535, got "http"'],
  [
    { WORKER_ADMIN_PORT: '70000' },
    'Cannot read WORKER_ADMIN_PORT: expected a whole number from 0 to 65535, got "70000"',
  ],
  [
    { DATABASE_POOL_SIZE: '1' },
    'Cannot read DATABASE_POOL_SIZE: expected a whole number from 2 to 1000, got "1"',
  ],
  [{ WORKER_SLOTS: '1.5' }, 'Cannot read WORKER_SLOTS: expected a whole number from 1 to 100, got "1.5"'],
  [
    { REDIS_URL: 'localhost:6379' },
    'Cannot read REDIS_URL: expected an address that starts with redis:// or rediss://',
  ],
])('refuses %o', (env, message) => {
  expect(() => readConfig(env)).toThrow(message)
})

test('a password in an address that cannot be read is not repeated', () => {
  expect(() => readConfig({ DATABASE_URL: 'mysql://root:s3cr3t@db/shop' })).toThrow(
    /^Cannot read DATABASE_URL: (?!.*s3cr3t)/,
  )
})

test('a role by itself needs a database, and says so', () => {
  expect(() => requireDatabase(readConfig({}))).toThrow(/expected DATABASE_URL/)
})
