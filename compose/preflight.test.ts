import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { problems, publishedPorts } from './preflight.ts'

let taken: Server | undefined
afterEach(() => taken?.close())

/** Every port on one that is free now. */
async function elsewhere(): Promise<Record<string, string>> {
  const servers = publishedPorts({}).map(() => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const numbers = servers.map(server => (server.address() as AddressInfo).port)
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return Object.fromEntries(
    publishedPorts({}).map(({ variable }, index) => [variable, String(numbers[index])]),
  )
}

test('free ports and good settings are no problem', async () => {
  expect(await problems(await elsewhere())).toEqual([])
})

test('a taken port is named with who has it and how to move it, unless it is our own', async () => {
  taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const env = { ...(await elsewhere()), GRAFANA_PORT: String(port) }
  expect(await problems(env)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^Cannot use port ${port} for Grafana: (.+ \\(process \\d+\\)|another process) listens on it; GRAFANA_PORT moves it$`,
      ),
    ),
  ])
  expect(await problems(env, new Set([port]))).toEqual([])
})

test('every bad setting is reported at once', async () => {
  expect(
    await problems({
      GRAFANA_PORT: 'abc',
      LOKI_PORT: '70000',
      SHOP_PORT: '9090',
      SIGHTLINE_PRESET: 'fast',
      SIGHTLINE_HISTORY: 'maybe',
    }),
  ).toEqual([
    'Cannot use preset "fast" of SIGHTLINE_PRESET: expected 30d or practice',
    'Cannot read SIGHTLINE_HISTORY: expected on or off, got "maybe"',
    'Cannot read GRAFANA_PORT: expected a port from 1 to 65535, got "abc"',
    'Cannot read LOKI_PORT: expected a port from 1 to 65535, got "70000"',
    'Cannot use SHOP_PORT: expected a port of its own, got 9090, which PROMETHEUS_PORT has too',
  ])
})
