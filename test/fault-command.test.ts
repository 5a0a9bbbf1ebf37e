/** `npm run fault` as a person types it, against a process that can be broken. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faults, findFault } from '../app/faults/catalogue.ts'
import { startReceiver } from '../compose/receiver/receiver.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { freePorts } from './support/ports.ts'

let lab: Lab
let ports: Record<string, string>

beforeAll(async () => {
  lab = await startLab({ roles: ['payments'] })
  const [nowhere] = await freePorts(1)
  ports = {
    PAYMENTS_ADMIN_PORT: new URL(lab.payments.adminUrl).port,
    SHOP_ADMIN_PORT: String(nowhere),
    WORKER_ADMIN_PORT: String(nowhere),
    RECEIVER_PORT: String(nowhere),
    PROMETHEUS_PORT: String(nowhere),
  }
})
afterAll(() => lab?.stop())

test('list shows every fault, and says which processes it cannot ask', async () => {
  const { code, stdout, stderr } = await fault('list')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^FAULT +STATE +INTENSITY +ENDS IN +AIMS AT +GOOD PRACTICE IT BREAKS$/m)
  for (const { id } of faults) expect(stdout).toMatch(new RegExp(`^${id} `, 'm'))
  expect(stdout).toMatch(/^payments-down +off /m)
  expect(stdout).toMatch(/^slow-query +unknown /m)
  expect(stderr).toMatch(
    /^Cannot reach shop: expected its admin port at .*\(SHOP_ADMIN_PORT\), got ECONNREFUSED$/m,
  )
})

test('start says what to look at, list that it runs, stop that it is over', async () => {
  const started = await fault('start', 'payments-down', '--intensity', '0.5', '--for', '2m')
  expect(started.code, started.stderr).toBe(0)
  expect(started.stdout).toMatch(/^Started payments-down on payments in payments: /m)
  expect(started.stdout).toMatch(/^ +Ends +by itself in 2m, or by `npm run fault -- stop payments-down`$/m)
  expect(started.stdout).toMatch(/^ +Query +sum\(/m)
  expect(started.stdout).toMatch(/^ +Alert +\w+ should fire within/m)
  expect((await fault('list')).stdout).toMatch(/^payments-down +on, (2m|1m\d+s) left /m)
  const listed = JSON.parse((await fault('list', '--json')).stdout)
  expect(listed.faults.find((each: { id: string }) => each.id === 'payments-down').running).toMatchObject([
    { target: 'payments', intensity: 0.5 },
  ])
  expect(await fault('stop', 'payments-down')).toMatchObject({
    code: 0,
    stdout: 'Stopped payments-down on payments\n',
  })
  expect(await fault('stop', 'payments-down')).toMatchObject({
    code: 0,
    stdout: 'payments-down was not running\n',
  })
  expect(await fault('stop')).toMatchObject({ code: 0, stdout: 'No fault was running\n' })
}, 120_000)

test('watching says after how long the notification arrived, or that nobody can tell', async () => {
  const away = await fault('start', 'payments-down', '--watch')
  expect(away.code).toBe(1)
  expect(away.stderr).toMatch(/^Cannot watch for the alert: expected the receiver at .*, got ECONNREFUSED\. /)
  expect((await fault('list')).stdout).not.toMatch(/ on, /)

  const receiver = await startReceiver({ host: '127.0.0.1', port: 0, print: () => {} })
  ports.RECEIVER_PORT = String(receiver.port)
  const { name } = findFault('payments-down')!.alert
  const watching = fault('start', 'payments-down', '--watch', '--for', '2m')
  await eventually(async () => expect((await fault('list')).stdout).toMatch(/^payments-down +on, /m))
  const alert = (alertname: string) => ({ status: 'firing', labels: { alertname, severity: 'page' } })
  await fetch(`http://127.0.0.1:${receiver.port}/notify`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ receiver: 'page', alerts: [alert('Another'), alert(name)] }),
  })
  const { code, stdout } = await watching
  expect(code).toBe(0)
  expect(stdout).toMatch(/^page Another arrived after \d+s$/m)
  expect(stdout).toMatch(new RegExp(`^page ${name} arrived after \\d+s$`, 'm'))
  await fault('stop')
  await receiver.close()
}, 120_000)

test('what needs a process that is not there is a problem, and is started nowhere', async () => {
  const { code, stderr } = await fault('start', 'slow-query')
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Cannot reach shop: .*ECONNREFUSED\n$/)
  expect((await fault('list')).stdout).not.toMatch(/ on, /)
})

test.concurrent.each<[string[], string]>([
  [[], 'Cannot choose what to do: expected list, start or stop, got nothing'],
  [[''], 'Cannot choose what to do: expected list, start or stop, got nothing'],
  [['begin'], 'Cannot choose what to do: expected list, start or stop, got "begin"'],
  [['start'], 'Cannot find a fault: expected one of error-ratio,'],
  [['start', 'payments-dwon'], ', got "payments-dwon"'],
  [['start', 'constructor'], 'Cannot find a fault'],
  [['start', 'payments-down', 'now'], 'Cannot read "now": expected at most one fault'],
  [['start', 'payments-down', '--target', 'shop'], 'Cannot aim payments-down: expected payments, got "shop"'],
  [['start', 'payments-down', '--target', 'toString'], 'got "toString"'],
  [['start', 'payments-down', '--intensity', '2'], 'Cannot set the intensity of payments-down: expected'],
  [['start', 'payments-down', '--intensity', ''], 'got nothing'],
  [['start', 'payments-down', '--for', '5'], 'Cannot parse duration "5": expected'],
  [['start', 'payments-down', '--for', ''], 'Cannot parse duration "": expected'],
  [['start', 'payments-down', '--for', '30d'], 'Cannot set the duration of payments-down: expected 1s to'],
  [['list', 'payments-down'], 'expected nothing after list'],
  [['stop', '--for', '5m'], 'Cannot use --for: expected it with start, got it with stop'],
  [['list', '--speed', '5'], "Unknown option '--speed'"],
])('wrong use: %j', async (args, message) => {
  const { code, stdout, stderr } = await fault(...args)
  expect(code).toBe(2)
  expect(stdout).toBe('')
  const [said, hint, ...rest] = stderr.split('\n')
  expect(said).toContain(message)
  expect(hint).toBe('See `npm run fault -- --help`')
  expect(rest).toEqual([''])
})

test.each(['<html>a page</html>', 'null', '{"status":"success"}'])(
  'an answer of something else is a problem and no start: %s',
  async answer => {
    const other = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { PAYMENTS_ADMIN_PORT } = ports
    ports.PAYMENTS_ADMIN_PORT = String((other.address() as AddressInfo).port)
    try {
      const started = await fault('start', 'payments-down')
      expect([started.code, started.stdout]).toEqual([1, ''])
      expect(started.stderr).toMatch(
        /^Cannot POST .*: expected the answer of payments with "endsAt", got .*\n$/,
      )
      expect((await fault('list')).stdout).toMatch(/^payments-down +unknown /m)
      expect((await fault('stop', 'payments-down')).stderr).toMatch(
        /^Cannot DELETE .* with "stopped", got .*\n$/,
      )
    } finally {
      ports.PAYMENTS_ADMIN_PORT = PAYMENTS_ADMIN_PORT!
      other.close()
    }
  },
  30_000,
)

test('a port that cannot be read is wrong use too', async () => {
  ports.WORKER_ADMIN_PORT = 'nine'
  const { code, stderr } = await fault('list')
  expect(stderr).toContain(
    'Cannot read WORKER_ADMIN_PORT: expected a whole number from 0 to 65535, got "nine"',
  )
  expect(code).toBe(2)
})

function fault(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['scripts/fault.ts', ...args], {
    env: { PATH: process.env.PATH, ...ports },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise(resolve => child.on('close', code => resolve({ code, stdout, stderr })))
}
