/** The receiver against whoever is on this machine: strangers, other sites' pages, and browsers with a person in front. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { freePort } from '../../test/support/ports.ts'
import { startReceiver } from './receiver.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const json = { 'content-type': 'application/json' }
const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

test('takes nothing from the page of another site', async () => {
  const { url, port } = await receiver()
  const body = notification([alert('Fake')])
  const plain = await fetch(`${url}/notify`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body,
  })
  expect(plain.status).toBe(415)
  const crossSite = { ...json, 'sec-fetch-site': 'cross-site', origin: 'http://evil.example' }
  expect((await raw(port, 'POST', '/notify', crossSite, body)).status).toBe(403)
  const rebound = { ...json, host: `evil.example:${port}`, origin: `http://evil.example:${port}` }
  expect((await raw(port, 'POST', '/notify', rebound, body)).status).toBe(421)
  expect((await raw(port, 'GET', '/notifications', { host: 'evil.example' })).status).toBe(421)
  expect(await kept(url)).toEqual([])
})

test('a name of its own can be allowed, as Alertmanager calls it in a container network', async () => {
  const { url, port } = await receiver({ hosts: ['receiver'] })
  const host = `receiver:${port}`
  expect((await raw(port, 'POST', '/notify', { ...json, host }, notification([alert('One')]))).status).toBe(
    200,
  )
  expect(await kept(url)).toHaveLength(1)
})

test.each([
  '//',
  '///',
  '/%',
  '/%00',
  '/runbooks/..%2f..%2fpackage',
  '/runbooks/../../package',
  '/runbooks/',
  '*',
])('GET %s is not found, and no error of ours', async path => {
  const { port } = await receiver()
  expect((await raw(port, 'GET', path)).status).toBe(404)
})

test.each([
  [
    'labels that are no texts',
    [{ labels: { alertname: {}, nested: [[[]]] }, annotations: null, startsAt: {} }],
  ],
  ['labels that are a list', [{ labels: ['a'], annotations: 7 }]],
])('%s are left out', async (_, alerts) => {
  const { url } = await receiver()
  expect((await post(url, notification(alerts))).status).toBe(200)
  expect(await kept(url)).toMatchObject([{ status: 'firing', alertname: '', startsAt: '' }])
  expect((await fetch(`${url}/notifications`, { headers: browser })).status).toBe(200)
})

test('more alerts than a notification can hold are refused', async () => {
  const { url } = await receiver()
  const answer = await post(url, notification(Array.from({ length: 2_501 }, () => ({}))))
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { error: 'Cannot read the notification: expected at most 2500 alerts, got 2501' },
  ])
})

test('a body that is far too long gets its answer before it is all sent', async () => {
  const { port } = await receiver()
  const answer = await raw(port, 'POST', '/notify', json, 'x'.repeat(20_000_000)).catch(error => error)
  // The answer, or the end of the connection while the client still sends.
  expect(answer.status ?? answer.code).toBeOneOf([400, 'ECONNRESET', 'EPIPE'])
})

test('lives in 32 MB whatever arrives: large notifications at once, slow readers, nobody at stdout', async () => {
  const { url, port, child } = await receiverProcess(['--max-old-space-size=32'])
  const large = notification(
    Array.from({ length: 900 }, (_, index) => alert(`Alert${index}`, { description: 'x'.repeat(900) })),
  )
  expect(large.length).toBeGreaterThan(900_000)
  const nested = `{"receiver":"page","alerts":${'['.repeat(450_000)}${']'.repeat(450_000)}}`
  const empty = `{"receiver":"page","alerts":[${'{},'.repeat(320_000)}{}]}`
  for (const body of [large, nested, empty]) {
    const answers = await Promise.all(
      Array.from({ length: 24 }, () => post(url, body).catch(() => ({ status: 0 }))),
    )
    expect(answers.map(({ status }) => status).filter(status => ![200, 400, 503].includes(status))).toEqual(
      [],
    )
  }
  const readers = Array.from({ length: 40 }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /notifications HTTP/1.1\r\nhost: localhost\r\n\r\n')
    socket.pause()
    return socket
  })
  for (let round = 0; round < 24; round++) await post(url, large)
  for (const reader of readers) reader.destroy()
  expect(await kept(url)).not.toEqual([])
  expect([child.exitCode, child.signalCode]).toEqual([null, null])
}, 120_000)

test('keeps four megabytes, and the newest of them', async () => {
  const { url } = await receiver()
  for (let round = 0; round < 12; round++)
    await post(
      url,
      notification(Array.from({ length: 80 }, (_, index) => alert(`Alert${80 * round + index}`, longTexts))),
    )
  const notifications = await kept(url)
  expect(JSON.stringify(notifications).length).toBeLessThan(4_100_000)
  expect(JSON.stringify(notifications).length).toBeGreaterThan(3_900_000)
  expect(notifications.at(-1)?.alertname).toBe('Alert959')
})

test('half a request does not stay, and others are answered meanwhile', async () => {
  const { url, port } = await receiver()
  const halves = Array.from({ length: 80 }, () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('POST /notify HTTP/1.1\r\nhost: localhost\r\n')
    return socket.resume()
  })
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  await Promise.all(halves.map(socket => (socket.closed ? undefined : once(socket, 'close'))))
}, 30_000)

test('/ leads to the notifications, as a page for browsers and as JSON for programs', async () => {
  const { url } = await receiver()
  await post(url, notification([alert('ShopAvailabilityBurn')]))
  const front = await fetch(url, { headers: browser })
  expect([front.url, front.headers.get('content-type')]).toEqual([
    `${url}/notifications`,
    'text/html; charset=utf-8',
  ])
  expect(front.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'self';/)
  expect(await front.text()).toContain('ShopAvailabilityBurn is wrong')
  const asJson = await fetch(`${url}/notifications.json`, { headers: browser })
  expect(await asJson.json()).toMatchObject([{ alertname: 'ShopAvailabilityBurn' }])
  const style = await fetch(`${url}/style.css`)
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8'])
})

test('runbooks are pages for browsers and Markdown for programs', async () => {
  const { url } = await receiver()
  const answer = await fetch(`${url}/runbooks/CircuitBreakerOpen`, { headers: browser })
  expect(await answer.text()).toContain('<h2>Diagnosis</h2>')
  const source = await fetch(`${url}/runbooks/CircuitBreakerOpen`)
  expect(await source.text()).toMatch(/^# CircuitBreakerOpen\n/)
  const index = await (await fetch(`${url}/runbooks`, { headers: browser })).text()
  expect(index).toContain('<a href="/runbooks/CircuitBreakerOpen">CircuitBreakerOpen</a>')
})

const longTexts = Object.fromEntries(
  Array.from({ length: 5 }, (_, index) => [`text${index}`, 'é'.repeat(1_000)]),
)

async function receiver(options: { hosts?: string[] } = {}) {
  const started = await startReceiver({ host: '127.0.0.1', port: 0, print: () => {}, ...options })
  closing.push(started.close)
  return { url: `http://127.0.0.1:${started.port}`, port: started.port }
}

/** Its stdout is never read. */
async function receiverProcess(flags: string[]): Promise<{ url: string; port: number; child: ChildProcess }> {
  const port = await freePort()
  const child = spawn(process.execPath, [...flags, join(import.meta.dirname, 'receiver.ts')], {
    env: { ...process.env, RECEIVER_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  closing.push(async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    child.kill('SIGKILL')
    await ended
  })
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(`${url}/healthz`).catch(() => undefined))?.ok)
    if (child.exitCode !== null) throw new Error(`Cannot start the receiver: it ended with ${child.exitCode}`)
  return { url, port, child }
}

function alert(alertname: string, annotations: Record<string, string> = {}) {
  return {
    status: 'firing',
    labels: { alertname, severity: 'page' },
    annotations: { summary: `${alertname} is wrong`, ...annotations },
    startsAt: '2026-01-01T00:00:00Z',
  }
}

function notification(alerts: readonly object[]): string {
  return JSON.stringify({ receiver: 'page', alerts })
}

function post(url: string, body: string): Promise<Response> {
  return fetch(`${url}/notify`, { method: 'POST', headers: json, body })
}

async function kept(url: string): Promise<{ alertname: string }[]> {
  return (await (await fetch(`${url}/notifications`)).json()) as { alertname: string }[]
}

/** As `fetch` would not send it: any path, host and origin. */
function raw(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<{ status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, response => {
      response.resume()
      resolve({ status: response.statusCode })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
