/** The steps of otel/README.md from an empty folder to traces, metrics and lines, word for word but for the ports. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { parseExposition } from '../otel/exposition.ts'
import { startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { blocksOf, read, root } from './support/documents.ts'
import { answers, untilReady } from './support/eventually.ts'
import { freePorts } from './support/ports.ts'

const run = promisify(execFile)
const isLong = process.env.SIGHTLINE_LONG === '1'

const desk = mkdtempSync(join(tmpdir(), 'kit-express-'))
const folder = join(desk, 'orders')
/** A reader's shell, without what the test runner has put into it. */
const { NODE_ENV, NODE_OPTIONS, ...shell } = process.env
const env = { ...shell, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }

afterAll(() => rmSync(desk, { recursive: true, force: true }))

const section = read('otel/README.md').split('## Express, from an empty folder')[1]!.split('\n## ')[0]!
const blocks = blocksOf('otel/README.md').filter(({ language, code }) =>
  section.includes(`\`\`\`${language}\n${code}`),
)
const [prepare, service, start, ask] = blocks.map(({ code }) => code) as [string, string, string, string]

test('at most ten lines of the service speak to the kit', () => {
  expect(blocks.map(({ language }) => language)).toEqual(['', 'ts', '', ''])
  const names = [...service.matchAll(/import \{ (.*) \} from '\.\/otel/g)].flatMap(([, list = '']) =>
    list.split(', '),
  )
  const lines = service.split('\n').filter(line => names.some(name => line.includes(name)))
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.length).toBeLessThanOrEqual(10)
})

test('the steps lead to server spans, joined traces, RED and correlated lines', {
  timeout: 240_000,
}, async () => {
  mkdirSync(folder)
  symlinkSync(root, join(desk, 'sightline'))
  await run('sh', ['-ec', isLong ? prepare : withInstalledPackages(prepare)], { cwd: folder, env })
  const receiver = await startOtlpReceiver()
  const [port, adminPort] = (await freePorts(2)) as [number, number]
  const here = (text: string) =>
    text
      .replaceAll('8080', String(port))
      .replaceAll('9464', String(adminPort))
      .replaceAll('4318', String(receiver.port))
  writeFileSync(join(folder, 'service.ts'), here(service))
  const child = spawn('sh', ['-c', `exec env ${here(start)}`], { cwd: folder, env })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close')
  try {
    const starting = {
      name: 'the service',
      child: () => child,
      output: () => stdout + stderr,
      timeoutMs: 60_000,
    }
    await untilReady(starting, answers(`http://127.0.0.1:${adminPort}/health/ready`))
    const { stdout: answered } = await run('sh', ['-ec', here(ask)], { cwd: folder, env })
    expect(answered).toMatch(/^\{"id":"7"\}# HELP/)

    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await receiver.waitFor('both spans', ({ spans }) => spans.length === 2)
    const joined = receiver.spans.find(span => span.traceId === traceId)!
    const failed = receiver.spans.find(span => span.traceId !== traceId)!
    const named = { kind: 'server', name: 'GET /orders/:id', resource: { 'service.name': 'orders' } }
    expect(joined).toMatchObject({ ...named, parentSpanId: 'b7ad6b7169203331', status: 'unset' })
    expect(failed).toMatchObject({ ...named, status: 'error', attributes: { 'error.type': 'RangeError' } })

    const durations = parseExposition(answered.slice(answered.indexOf('#')))
      .get('http_server_request_duration_seconds')!
      .samples.filter(sample => sample.name.endsWith('_count'))
    expect(
      durations.map(({ labels, value }) => [labels.http_route, labels.http_response_status_code, value]),
    ).toEqual([
      ['/orders/:id', '200', 1],
      ['/orders/:id', '500', 1],
    ])

    const ids = ({ trace_id, span_id }: Record<string, unknown>) => [trace_id, span_id]
    const lines = () => stdout.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []))
    await expect.poll(() => lines().length).toBe(3)
    expect(lines().map(ids)).toEqual([
      [traceId, joined.spanId],
      [traceId, joined.spanId],
      [failed.traceId, failed.spanId],
    ])
  } finally {
    child.kill('SIGTERM')
    const [code] = await ended
    await receiver.stop()
    expect(code, stderr).toBe(0)
  }
})

/** The short gate takes the packages that are here, in the versions the steps name. */
function withInstalledPackages(steps: string): string {
  const install = /^npm install (?:.*\\\n)*.*\n/m.exec(steps)![0]
  const wanted = [...install.matchAll(/(\S+)@(\d\S*)/g)]
  expect(wanted.length).toBeGreaterThan(5)
  for (const [, name = '', version] of wanted)
    expect(JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version).toBe(
      version,
    )
  return steps.replace(install, `ln -s ${join(root, 'node_modules')} node_modules\n`)
}
