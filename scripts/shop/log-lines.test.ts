import { expect, test } from 'vitest'
import { onOneLine } from '../terminal.ts'
import { shortened } from './log-lines.ts'

const line = (fields: object) => JSON.stringify({ level: 'warn', msg: 'hello', ...fields })

test('of a JSON line a person gets the level, the message, its fields and the cause', () => {
  const fields = {
    time: 1,
    service_name: 'shop',
    trace_id: 'a',
    status: 503,
    err: { message: 'gone', stack: 'x' },
  }
  expect(shortened('shop', line(fields))).toBe('shop warn: hello status=503 (gone)')
  expect(shortened('shop', line({ level: 'info' }))).toBeUndefined()
})

test('what the message says is not said again', () => {
  const fields = {
    level: 'error',
    method: 'GET',
    route: '/search',
    status: 500,
    error_type: '500',
    queue: 'mail',
  }
  expect(shortened('shop', line({ ...fields, msg: 'GET /search 500 0.3 ms', duration_ms: 0.3 }))).toBe(
    'shop error: GET /search 500 0.3 ms queue=mail',
  )
})

test('what is no JSON object is shown with its role', () => {
  expect(shortened('worker', 'Segmentation fault')).toBe('worker: Segmentation fault')
  expect(shortened('worker', 'null')).toBe('worker: null')
})

test.each([
  ['a\nshop error: forged', 'a\\nshop error: forged'],
  ['\u001b[2Jgone', '\\u001b[2Jgone'],
  ['\u009b31mred', '\\u009b31mred'],
  ['one\u2028two', 'one\\u2028two'],
])('a terminal does not obey %j', (text, shown) => {
  expect(onOneLine(text)).toBe(shown)
  expect(shortened('shop', line({ msg: text, who: `${text}!` }))).toBe(`shop warn: ${shown} who=${shown}!`)
  expect(shortened('shop', line({ err: { message: text } }))).toBe(`shop warn: hello (${shown})`)
})
