import { expect, test } from 'vitest'
import { decodeUtf8 } from './strings.ts'

test.each([
  ['a whole character', [0xf0, 0x9f, 0x98, 0x80], '😀'],
  ['three bytes of four', [0xf0, 0x9f, 0x98], '\u{fffd}\u{fffd}\u{fffd}'],
  ['half a character before a whole one', [0xc3, 0x61], '\u{fffd}a'],
  ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\u{feff}a'],
])('bytes that are %s are read as Go reads them', (_, bytes, text) => {
  expect(decodeUtf8(Uint8Array.from(bytes))).toBe(text)
})
