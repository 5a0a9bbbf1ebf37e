import { expect, test } from 'vitest'
import { bytesFrom, readMemory, totals } from './usage.ts'

test.each([
  ['0B', 0],
  ['512B', 512],
  ['23.5MiB', 23.5 * 1024 ** 2],
  ['1.2GiB', 1.2 * 1024 ** 3],
  ['83.3MB', 83.3e6],
  ['1.5kB', 1500],
])('%s is %d bytes', (text, bytes) => {
  expect(bytesFrom(text)).toBeCloseTo(bytes)
})

test('a size of another kind is refused', () => {
  expect(() => bytesFrom('many')).toThrow(
    'Cannot read a size from Docker: expected one like 12.5MiB, got "many"',
  )
})

test('memory is read per container, with its limit', () => {
  const line = JSON.stringify({ ID: 'a1', MemUsage: '108MiB / 320MiB', MemPerc: '34%' })
  expect(readMemory(`${line}\n`)).toEqual(
    new Map([['a1', { used: 108 * 1024 ** 2, limit: 320 * 1024 ** 2 }]]),
  )
})

test('an image that several containers share counts once', () => {
  const usage = (service: string, image: string, imageBytes: number) => ({
    service,
    image,
    imageBytes,
    writtenBytes: 1,
    memoryBytes: 10,
    memoryLimitBytes: 100,
  })
  expect(totals([usage('shop', 'a', 300), usage('worker', 'a', 300), usage('loki', 'b', 50)])).toEqual({
    imageBytes: 350,
    writtenBytes: 3,
    memoryBytes: 30,
    memoryLimitBytes: 300,
  })
})
