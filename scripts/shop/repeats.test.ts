import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { foldRepeats } from './repeats.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a flood becomes its first line and a count every ten seconds', () => {
  const printed: string[] = []
  const { line } = foldRepeats(text => printed.push(text))
  for (let request = 1; request <= 1802; request++) line(`shop error: GET /search 500 ${request} ms`)
  expect(printed).toEqual(['shop error: GET /search 500 1 ms'])
  vi.advanceTimersByTime(10_000)
  expect(printed.slice(1)).toEqual(['shop error: GET /search 500 1802 ms (and 1,800 more like it)'])
  line('shop error: GET /search 500 3 ms')
  vi.advanceTimersByTime(10_000)
  expect(printed.slice(2)).toEqual(['shop error: GET /search 500 3 ms'])
})

test('lines of different kinds are all seen, and one that stopped is new again later', () => {
  const printed: string[] = []
  const { line } = foldRepeats(text => printed.push(text))
  line('shop error: order 0b3c1f9e-aa11-4c55-9d10-0123456789ab failed')
  line('shop error: order 7fa3c2d1-bb22-4c55-9d10-fedcba987654 failed')
  line('worker warn: Fault started')
  expect(printed).toHaveLength(2)
  vi.advanceTimersByTime(30_000)
  line('worker warn: Fault started')
  expect(printed.filter(text => text === 'worker warn: Fault started')).toHaveLength(2)
})

test('the end says what was still counted', () => {
  const printed: string[] = []
  const { line, end } = foldRepeats(text => printed.push(text))
  for (let number = 0; number < 3; number++) line(`shop warn: ${number}`)
  end()
  expect(printed).toEqual(['shop warn: 0', 'shop warn: 2 (and 1 more like it)'])
})

test('however many kinds of lines come, memory is bounded and none is lost', () => {
  const printed: string[] = []
  const { line, end } = foldRepeats(text => printed.push(text))
  const names = Array.from({ length: 300 }, (_, index) => `kind ${'x'.repeat(index)}y`)
  for (const name of names) line(name)
  end()
  expect(printed).toHaveLength(202)
  expect(printed.at(-1)).toMatch(/\(and 98 more like it\)$/)
})
