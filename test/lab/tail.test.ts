/** Loki's tail over a WebSocket, on disk and in memory: the last lines, then those that come in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

type Told = [line: string, labels: Record<string, string>]

interface Listening {
  told: Told[]
  socket: WebSocket
  /** The code and the reason, or the status and what was said where no WebSocket came about. */
  ended: Promise<[number, string]>
}

describe.each(['on disk', 'in memory'])('%s', place => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-tail-'))
  let lab: RunningLab

  beforeAll(async () => {
    lab = await startLab(['--no-shop', ...(place === 'on disk' ? [`--data=${folder}`] : [])])
  })
  afterAll(async () => {
    const { took = 0 } = (await lab?.stop()) ?? {}
    expect(took, 'a listener must not hold the lab up').toBeLessThan(5000)
    rmSync(folder, { recursive: true })
  })

  function listen(parameters: Record<string, string>, headers: Record<string, string> = {}): Listening {
    const address = `${lab.url.replace('http', 'ws')}/loki/api/v1/tail?${new URLSearchParams(parameters)}`
    const socket = new WebSocket(address, { headers })
    const told: Told[] = []
    socket.on('message', text => {
      type Stream = { stream: Record<string, string>; values: [string, string][] }
      for (const { stream, values } of (JSON.parse(String(text)) as { streams: Stream[] }).streams)
        for (const [, line] of values) told.push([line, stream])
    })
    const ended = new Promise<[number, string]>(resolve => {
      socket.on('error', () => {})
      socket.on('close', (code, reason) => resolve([code, String(reason)]))
      socket.on('unexpected-response', (_, response) => {
        response.setEncoding('utf8').on('data', text => resolve([response.statusCode!, text]))
      })
    })
    return { told, socket, ended }
  }

  async function send(service: string, text: string, ago = 0): Promise<void> {
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
    const record = { timeUnixNano: `${Date.now() - ago}000001`, body: { stringValue: text } }
    const { status } = await fetch(`${lab.otlp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] }),
    })
    expect(status).toBe(200)
  }

  const linesOf = ({ told }: Listening) => told.map(([line]) => line)

  test('tells the last lines and those that come in, as the query leaves them', async () => {
    for (const [index, line] of ['first', 'second', 'third'].entries())
      await send('cart', line, 9000 - index * 1000)
    const all = listen({ query: '{service_name="cart"}' })
    const last = listen({ query: '{service_name="cart"}', limit: '1' })
    const parsed = listen({ query: '{service_name=~".+"} | json | took > 5 | line_format "took {{.took}}"' })
    await expect.poll(() => linesOf(all)).toEqual(['first', 'second', 'third'])
    await expect.poll(() => linesOf(last)).toEqual(['third'])
    await send('cart', '{"took":9}')
    await send('till', '{"took":7}')
    await send('cart', '{"took":3}')
    // A line that is older than the last one told is news all the same.
    await send('cart', 'late', 60_000)
    await expect.poll(() => linesOf(all).slice(3)).toEqual(['{"took":9}', '{"took":3}', 'late'])
    await expect.poll(() => linesOf(last).slice(1)).toEqual(['{"took":9}', '{"took":3}', 'late'])
    const passed = linesOf(parsed).filter(line => line.startsWith('took'))
    expect(passed).toEqual(['took 9', 'took 7'])
    expect(parsed.told.at(-1)?.[1]).toMatchObject({
      service_name: 'till',
      took: '7',
      detected_level: 'unknown',
    })
    for (const { socket } of [all, last, parsed]) socket.close()
  })

  test('a line that is told is told once, however many come in meanwhile', async () => {
    const sending = Array.from({ length: 200 }, (_, index) => send('busy', `line ${index}`))
    const listening = listen({ query: '{service_name="busy"}', limit: '5000' })
    await Promise.all(sending)
    await expect.poll(() => listening.told.length).toBe(200)
    expect(new Set(linesOf(listening)).size).toBe(200)
    listening.socket.close()
  })

  test('waits for late lines as long as is asked for', async () => {
    const listening = listen({ query: '{service_name="slow"}', delay_for: '2' })
    await new Promise(resolve => listening.socket.once('open', resolve))
    await send('slow', 'newer')
    await send('slow', 'older', 500)
    await expect.poll(() => linesOf(listening)).toEqual(['older', 'newer'])
    listening.socket.close()
  })

  test.each([
    [{ query: '{service_name=' }, 400, 'Cannot parse the query'],
    [{ query: 'rate({a="b"}[1m])' }, 400, 'only log selector is supported'],
    [{ query: '{a="b"}', delay_for: '6' }, 400, "delay_for can't be greater than 5"],
    [{ query: '{a="b"}', limit: 'x' }, 400, 'invalid limit'],
    [{ query: '{a="b"}', start: 'x' }, 1011, 'invalid start'],
  ])('%j is refused with a reason', async (parameters, code, reason) => {
    const [status, text] = await listen(parameters as unknown as Record<string, string>).ended
    expect(status).toBe(code)
    expect(text).toContain(reason)
  })

  test('a page of another site may not listen, nor more than ten at once', async () => {
    const query = '{service_name="cart"}'
    const [status, text] = await listen({ query }, { origin: 'http://evil.example' }).ended
    expect([status, text]).toEqual([403, expect.stringContaining('another site')])
    const own = listen({ query }, { origin: lab.url })
    await expect.poll(() => own.told.length).toBeGreaterThan(0)
    const more = Array.from({ length: 9 }, () => listen({ query }))
    await expect.poll(() => more.every(({ told }) => told.length > 0)).toBe(true)
    expect((await listen({ query }).ended)[0]).toBe(429)
    for (const { socket } of [own, ...more]) socket.close()
    const plain = await fetch(`${lab.url}/loki/api/v1/tail?query=${encodeURIComponent(query)}`)
    expect([plain.status, await plain.json()]).toEqual([400, { error: 'Cannot tail: expected a WebSocket' }])
  })

  test('who offers another protocol elsewhere is answered over this one', async () => {
    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' }
    expect(await getJson(`${lab.url}/lab/api/status`)).toHaveProperty('preset')
    const { request } = await import('node:http')
    const status = await new Promise(resolve => {
      request(`${lab.url}/lab/api/status`, { headers }, response => resolve(response.statusCode)).end()
    })
    expect(status).toBe(200)
  })
})
