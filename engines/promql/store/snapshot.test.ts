import { expect, test } from 'vitest'
import { labelsOf } from '../../labels.ts'
import { createStore } from './memory.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot.ts'

const store = createStore()
for (let i = 0; i < 50; i++) {
  store.append(
    labelsOf([
      ['__name__', 'größe'],
      ['path', `/${'x'.repeat(i % 7)}"\n`],
    ]),
    1000 * i,
    i / 3,
  )
  if (i % 9 === 0) store.markStale(labelsOf([['__name__', 'ended']]), 1000 * i)
}
const bytes = encodeSnapshot(store)

test('a flipped bit anywhere is refused', () => {
  for (let i = 0; i < bytes.length; i++) {
    const damaged = bytes.slice()
    damaged[i]! ^= 1 << (i % 8)
    expect(() => decodeSnapshot(damaged), `byte ${i}`).toThrow(/^Cannot read the snapshot: /)
  }
})

test('a part of it is refused wherever it ends', () => {
  for (let length = 0; length < bytes.length; length++)
    expect(() => decodeSnapshot(bytes.subarray(0, length)), `${length} bytes`).toThrow(
      /^Cannot read the snapshot: /,
    )
})

test('other data is told apart from a damaged snapshot and a newer one', () => {
  expect(() => decodeSnapshot(new TextEncoder().encode('up 1\n# EOF and more\n'))).toThrow(
    'Cannot read the snapshot: expected a file written by this store, got other data',
  )
  const newer = bytes.slice()
  newer[4] = 2
  expect(() => decodeSnapshot(newer)).toThrow('Cannot read the snapshot: expected version 1, got 2')
})

test('it can be read from the middle of a larger buffer', () => {
  const larger = new Uint8Array(bytes.length + 20)
  larger.set(bytes, 13)
  expect(decodeSnapshot(larger.subarray(13, 13 + bytes.length)).stats().samples).toBe(store.stats().samples)
})

test('an empty store comes back empty', () => {
  expect(decodeSnapshot(encodeSnapshot(createStore())).stats()).toMatchObject({ series: 0, samples: 0 })
})
