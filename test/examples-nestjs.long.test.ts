/** examples/nestjs as its README starts it, on both platforms: what comes out is the same, and what any adapter gives. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseExposition } from '../otel/exposition.ts'
import { startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { blocksOf, root } from './support/documents.ts'
import { answers, untilReady } from './support/eventually.ts'
import { freePorts } from './support/ports.ts'

const run = promisify(execFile)
const desk = mkdtempSync(join(tmpdir(), 'examples-nestjs-'))
const folder = join(desk, 'examples/nestjs')
const { NODE_ENV, NODE_OPTIONS, ...shell } = process.env
const env = { ...shell, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
const [commands] = blocksOf('examples/nestjs/README.md')
const [install, build, start] = commands!.code.trim().split('\n') as [string, string, string]

beforeAll(async () => {
  cpSync(join(root, 'examples/nestjs'), folder, {
    recursive: true,
    filter: path => !path.endsWith('node_modules') && !path.endsWith('.js'),
  })
  cpSync(join(root, 'tsconfig.json'), join(desk, 'tsconfig.json'))
  symlinkSync(join(root, 'otel'), join(desk, 'otel'))
  for (const command of [install, build]) await run('sh', ['-ec', command], { cwd: folder, env })
}, 300_000)
afterAll(() => rmSync(desk, { recursive: true, force: true }))

describe.each(['express', 'fastify'])('on %s', platform => {
  test('requests have spans in the trace of their caller, RED and lines, by their routes', {
    timeout: 180_000,
  }, async () => {
    const receiver = await startOtlpReceiver()
    const [port, adminPort] = (await freePorts(2)) as [number, number]
    const command = start
      .replace('PLATFORM=fastify', `PLATFORM=${platform} PORT=${port} ADMIN_PORT=${adminPort}`)
      .replace('http://127.0.0.1:4318', receiver.endpoint)
      // npm does not hand a signal on to what it runs.
      .replace('npm start', 'exec node --import ../../otel/register.ts service.js')
    const child = spawn('sh', ['-c', command], { cwd: folder, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    const ended = once(child, 'close')
    try {
      const starting = { name: 'the service', child: () => child, output: () => output, timeoutMs: 90_000 }
      await untilReady(starting, answers(`http://127.0.0.1:${adminPort}/health/ready`))
      const traceId = '0af7651916cd43dd8448eb211c80319c'
      const ask = (path: string, method = 'GET') =>
        fetch(`http://127.0.0.1:${port}${path}`, {
          method,
          headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
        })
      expect(await (await ask('/orders/7')).json()).toEqual({ id: '7' })
      expect((await ask('/orders/0')).status).toBe(500)
      expect((await ask('/nowhere')).status).toBe(404)
      expect((await ask('/orders/7', 'PUT')).status).toBe(404)
      await receiver.waitFor('every span', ({ spans }) => spans.length === 5)
      expect(
        receiver.spans
          .filter(span => span.kind === 'server')
          .map(({ name, parentSpanId, status, attributes }) => [
            name,
            parentSpanId,
            status,
            attributes['http.response.status_code'],
            attributes['error.type'],
          ]),
      ).toEqual([
        ['GET /orders/:id', 'b7ad6b7169203331', 'unset', 200, undefined],
        ['GET /orders/:id', 'b7ad6b7169203331', 'error', 500, 'RangeError'],
        ['GET unmatched', 'b7ad6b7169203331', 'unset', 404, undefined],
        ['PUT unmatched', 'b7ad6b7169203331', 'unset', 404, undefined],
      ])
      const own = receiver.spans.find(span => span.name === 'price order')!
      const served = receiver.spans.find(span => span.name === 'GET /orders/:id')!
      expect(own.parentSpanId).toBe(served.spanId)
      await receiver.waitFor('every line', ({ logs }) => logs.length === 5)
      expect(
        receiver.logs.map(({ body, traceId }) => [String(body).replace(/ [\d.]+ ms$/, ''), traceId]),
      ).toEqual([
        ['order read', traceId],
        ['GET /orders/:id 200', traceId],
        ['GET /orders/:id 500', traceId],
        ['GET unmatched 404', traceId],
        ['PUT unmatched 404', traceId],
      ])
      const page = parseExposition(await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text())
      const requests = page
        .get('http_server_request_duration_seconds')!
        .samples.filter(({ name }) => name.endsWith('_count'))
      expect(requests.map(({ labels, value }) => [...Object.values(labels), value])).toEqual([
        ['GET', '/orders/:id', '200', 1],
        ['GET', '/orders/:id', '500', 1],
        ['GET', 'unmatched', '404', 1],
        ['PUT', 'unmatched', '404', 1],
      ])
    } finally {
      child.kill('SIGTERM')
      const [code] = await ended
      await receiver.stop()
      expect(code, output).toBe(0)
    }
  })
})
