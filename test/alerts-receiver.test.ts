/** The lab's receiver: what Alertmanager posts is kept within bounds and sent on as logs, whatever else goes wrong. */
import { afterEach, expect, test } from 'vitest'
import { startReceiver } from '../compose/receiver/receiver.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'

const json = { 'content-type': 'application/json' }
const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

test('each notification arrives at the OTLP endpoint as a log with its labels, links and severity', async () => {
  const logs = await otlp()
  const { url } = await receiver(logs.endpoint)
  await post(url, [alert('ShopAvailabilityBurn', 'page'), alert('RetryStorm', 'ticket'), ended('RetryStorm')])
  await logs.waitFor('three logs', ({ logs }) => logs.length === 3)
  expect(logs.logs.map(({ severityNumber, body }) => [severityNumber, body])).toEqual([
    [17, 'firing: ShopAvailabilityBurn is wrong'],
    [13, 'firing: RetryStorm is wrong'],
    [9, 'resolved: RetryStorm is wrong'],
  ])
  expect(logs.logs[0]).toMatchObject({
    resource: { 'service.name': 'notifications' },
    severity: 'error',
    attributes: {
      alertname: 'ShopAvailabilityBurn',
      severity: 'page',
      status: 'firing',
      receiver: 'page',
      runbook_url: 'http://runbooks/ShopAvailabilityBurn',
    },
  })
  expect(Math.abs(logs.logs[0]!.timeMs - Date.now())).toBeLessThan(60_000)
})

test('a log store that is gone or refuses costs no notification', async () => {
  const logs = await otlp()
  const { url, lines } = await receiver(logs.endpoint)
  logs.behave({ kind: 'status', status: 503 })
  await post(url, [alert('First', 'page')])
  await logs.stop()
  await post(url, [alert('Second', 'page')])
  expect((await kept(url)).map(({ alertname }) => alertname)).toEqual(['First', 'Second'])
  expect(lines.filter(line => line.includes('Cannot send notifications'))).toHaveLength(2)
})

test('keeps the latest thousand and no more', async () => {
  const { url } = await receiver()
  for (let round = 0; round < 3; round++)
    await post(
      url,
      Array.from({ length: 400 }, (_, index) => alert(`Alert${round * 400 + index}`, 'ticket')),
    )
  const names = (await kept(url)).map(({ alertname }) => alertname)
  expect(names).toHaveLength(1_000)
  expect([names[0], names.at(-1)]).toEqual(['Alert200', 'Alert1199'])
})

test.each([
  ['{', 'Cannot read the notification: expected JSON'],
  ['null', "Cannot read the notification: expected Alertmanager's receiver and alerts"],
  [
    '{"receiver":"page","alerts":[null]}',
    "Cannot read the notification: expected Alertmanager's receiver and alerts",
  ],
  ['x'.repeat(1_000_001), 'Cannot read the notification: expected at most 1000000 bytes'],
])('refuses what is no notification and goes on (%#)', async (body, error) => {
  const { url } = await receiver()
  const answer = await fetch(`${url}/notify`, { method: 'POST', headers: json, body })
  expect([answer.status, await answer.json()]).toEqual([400, { error }])
  await post(url, [alert('Next', 'page')])
  expect(await kept(url)).toHaveLength(1)
})

test('a restart on the same port takes the next notification', async () => {
  const first = await receiver()
  await post(first.url, [alert('Before', 'page')])
  await first.close()
  await expect(post(first.url, [alert('Meanwhile', 'page')])).rejects.toThrow()
  const second = await receiver(undefined, first.port)
  await post(second.url, [alert('Meanwhile', 'page')])
  expect((await kept(second.url)).map(({ alertname }) => alertname)).toEqual(['Meanwhile'])
})

async function otlp(): Promise<OtlpReceiver> {
  const started = await startOtlpReceiver()
  closing.push(() => started.stop())
  return started
}

async function receiver(otlpEndpoint?: string, port = 0) {
  const lines: string[] = []
  const started = await startReceiver({
    host: '127.0.0.1',
    port,
    otlpEndpoint,
    print: line => lines.push(line),
  })
  let isOpen = true
  const close = async () => {
    if (isOpen) await started.close()
    isOpen = false
  }
  closing.push(close)
  return { url: `http://127.0.0.1:${started.port}`, port: started.port, lines, close }
}

function alert(alertname: string, severity: string) {
  return {
    status: 'firing',
    labels: { alertname, severity },
    annotations: { summary: `${alertname} is wrong`, runbook_url: `http://runbooks/${alertname}` },
    startsAt: '2026-01-01T00:00:00Z',
    endsAt: '0001-01-01T00:00:00Z',
  }
}

function ended(alertname: string) {
  return { ...alert(alertname, 'ticket'), status: 'resolved', endsAt: '2026-01-01T00:05:00Z' }
}

async function post(url: string, alerts: object[]): Promise<void> {
  const answer = await fetch(`${url}/notify`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ receiver: 'page', alerts }),
  })
  expect(answer.status).toBe(200)
}

async function kept(url: string): Promise<{ alertname: string }[]> {
  return (await (await fetch(`${url}/notifications`)).json()) as { alertname: string }[]
}
