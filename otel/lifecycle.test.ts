import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { startOtlpReceiver } from './testing/otlp-receiver.ts'
import { type KitService, runKitService } from './testing/run-kit-service.ts'

let service: KitService

afterEach(() => {
  service?.child.kill('SIGKILL')
})

const messages = () => service.lines().map(line => (typeof line === 'string' ? line : line.msg))

test('SIGTERM lets running requests finish, runs the hooks and exits 0', async () => {
  service = await runKitService()
  const answer = fetch(`${service.url}/slow`)
  await new Promise(resolve => setTimeout(resolve, 100))
  service.child.kill('SIGTERM')
  expect((await answer).status).toBe(200)
  expect(await service.ended).toBe(0)
  expect(messages()).toEqual(['shutting down', expect.stringMatching(/^GET \/slow 200 /), 'shut down'])
  expect(service.stderr()).toBe('')
})

test('a hook that does not end is left behind at the deadline, with exit code 1', async () => {
  service = await runKitService({ SLOW_SHUTDOWN: 'on', SHUTDOWN_TIMEOUT_MS: '2500' })
  service.child.kill('SIGTERM')
  expect(await service.ended).toBe(1)
  expect(service.lines()).toContainEqual(
    expect.objectContaining({ msg: 'shutdown hook failed', hook: 'http server' }),
  )
})

test('a second signal ends it at once', async () => {
  service = await runKitService({ SLOW_SHUTDOWN: 'on' })
  service.child.kill('SIGTERM')
  await new Promise(resolve => setTimeout(resolve, 200))
  service.child.kill('SIGTERM')
  expect(await service.ended).toBe(143)
})

test.each([
  ['exit', 3, undefined],
  ['exception', 1, 'uncaught exception'],
  ['rejection', 1, 'unhandled rejection'],
])('the last lines reach stdout when it dies of an %s', async (how, code, lastWords) => {
  service = await runKitService()
  await fetch(`${service.url}/crash/${how}`).catch(() => {})
  expect(await service.ended).toBe(code)
  const written = service
    .lines()
    .flatMap(line => (typeof line === 'string' || line.line === undefined ? [] : [line.line]))
  expect(written).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
  if (lastWords !== undefined)
    expect(service.lines()).toContainEqual(
      expect.objectContaining({
        level: 'fatal',
        msg: lastWords,
        err: expect.objectContaining({ message: 'nobody caught me' }),
      }),
    )
})

/** Runs a script of one line to its own end; one that does not end is killed, which shows as its signal. */
async function runScript(endpoint: string) {
  const register = fileURLToPath(new URL('./register.ts', import.meta.url))
  const script = fileURLToPath(new URL('./testing/one-line.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', register, script], {
    env: { PATH: process.env.PATH, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    timeout: 20_000,
    killSignal: 'SIGKILL',
  })
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return {
    code,
    signal,
    stderr,
    messages: stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line).msg),
  }
}

const ended = { code: 0, signal: null, stderr: '', messages: ['done'] }

test('a script that has nothing left to do ends by itself, with its line and its span handed over', async () => {
  const receiver = await startOtlpReceiver()
  expect(await runScript(receiver.endpoint)).toEqual(ended)
  await receiver.stop()
  expect(receiver.logs.map(({ body }) => body)).toEqual(['done'])
  expect(receiver.spans.map(({ name }) => name)).toEqual(['the whole job'])
})

test.each(['no endpoint', 'one that hangs'])('a script with %s ends by itself too', async which => {
  const receiver = await startOtlpReceiver()
  receiver.behave({ kind: 'hang' })
  expect(await runScript(which === 'no endpoint' ? '' : receiver.endpoint)).toEqual(ended)
  await receiver.stop()
})
