import { expect, test } from 'vitest'
import { unpackSnappy } from './snappy.ts'

const unpack = (bytes: number[], most = 1000) =>
  Buffer.from(unpackSnappy(Uint8Array.from(bytes), most)).toString()
const text = (value: string) => [...Buffer.from(value)]

test('literals, and copies that repeat what they write', () => {
  expect(unpack([0])).toBe('')
  expect(unpack([3, 2 << 2, ...text('abc')])).toBe('abc')
  // A length of 100 stands in the byte behind the tag.
  expect(unpack([100, 60 << 2, 99, ...text('x'.repeat(100))])).toBe('x'.repeat(100))
  expect(unpack([6, 0, ...text('a'), 1 | (1 << 2), 1])).toBe('aaaaaa')
  expect(unpack([10, 4 << 2, ...text('hello'), 2 | (4 << 2), 5, 0])).toBe('hellohello')
  expect(unpack([10, 4 << 2, ...text('hello'), 3 | (4 << 2), 5, 0, 0, 0])).toBe('hellohello')
})

test.each<[what: string, bytes: number[], message: string]>([
  ['nothing', [], 'expected more than 0 bytes'],
  ['a length that is too long', [255, 255, 255, 255, 255, 1], 'at most 5 bytes'],
  ['more than is allowed', [0xe9, 7], 'expected at most 1000 bytes once unpacked, got 1001'],
  ['less than it promises', [5, 0, 97], 'expected 5 bytes once unpacked, got 1'],
  ['more than it promises', [1, 1 << 2, 97, 98], 'expected 1 bytes once unpacked, got more'],
  ['a literal that is cut off', [9, 8 << 2, 97], 'expected 9 bytes of snappy, got 1'],
  [
    'a copy from before the start',
    [9, 0, 97, 1 | (1 << 2), 2],
    'expected a copy from within 1 bytes, got one from 2',
  ],
  [
    'a copy from where it is',
    [9, 0, 97, 1 | (1 << 2), 0],
    'expected a copy from within 1 bytes, got one from 0',
  ],
])('%s is refused', (_, bytes, message) => {
  expect(() => unpack(bytes)).toThrow(message)
})
