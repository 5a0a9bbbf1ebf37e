import { afterEach, expect, test, vi } from 'vitest'

const lines = vi.hoisted(() => {
  process.env.LOG_LEVEL = 'info'
  return [] as string[]
})
vi.mock('./delivery.ts', () => ({ delivery: { line: (line: string) => lines.push(line) } }))

import { log, requestLogger, setLogLevel } from './logs.ts'

afterEach(() => {
  lines.length = 0
  setLogLevel('info')
})

const written = () => lines.map(line => JSON.parse(line) as Record<string, unknown>)

test('of an error what is plain is kept, and not what a library hung on it', () => {
  const client = { secretKey: 17, connectionParameters: { host: 'db' } }
  log.warn({ err: Object.assign(new Error('lost'), { code: '57P01', client }) }, 'connection')
  expect(written()[0]!.err).toEqual({
    type: 'Error',
    message: 'lost',
    stack: expect.stringContaining('logs.test.ts'),
    code: '57P01',
  })
})

test('the errors of an aggregate are kept, and so is what a cause says', () => {
  const cause = new Error('the socket is closed')
  log.warn({ err: new AggregateError([new Error('::1'), new Error('127.0.0.1')], 'both refused') }, 'one')
  log.warn({ err: new Error('no answer', { cause }) }, 'two')
  expect(written()[0]!.err).toMatchObject({ aggregateErrors: [{ message: '::1' }, { message: '127.0.0.1' }] })
  expect(written()[1]!.err).toMatchObject({ message: 'no answer: the socket is closed' })
})

test('loggers made before the level changed follow it', () => {
  const child = log.child({ component: 'queue' })
  const grandchild = child.child({ slot: 1 })
  const own = log.child({ component: 'verbose' }, { level: 'trace' })
  child.debug('unheard')
  setLogLevel('debug')
  child.debug('heard')
  grandchild.debug('heard')
  own.trace('its own level stays')
  setLogLevel('error')
  child.warn('unheard')
  expect(written().map(({ msg, component, slot }) => [msg, component, slot])).toEqual([
    ['heard', 'queue', undefined],
    ['heard', 'queue', 1],
    ['its own level stays', 'verbose', undefined],
  ])
})

test.each([
  ['a newline', 'a\nb'],
  ['the end of a line of its own', '"}\n{"level":"fatal","msg":"forged"}'],
  ['an escape of the terminal', '\u001b[2J\u001b[31mred\u009b0m'],
  ['separators some readers break lines at', '\u2028\u2029\u0085'],
])('%s stays within its line, and no terminal obeys it', (_, text) => {
  log.info({ customer: text, nested: [{ [text]: text }] }, text)
  const logRequest = requestLogger({ method: 'GET', route: text, status: 200 })
  logRequest({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 }, 1)
  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatch(/^[^\p{Cc}\u2028\u2029]*\n$/u)
  expect(lines[1]).toMatch(/^[^\n]*\n$/)
  expect(written()[0]).toMatchObject({ customer: text, nested: [{ [text]: text }], msg: text })
  expect(written()[1]).toMatchObject({ route: text, msg: `GET ${text} 200 1 ms` })
})
