import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openLedger } from './ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'ledger-'))
let files = 0
const newFile = () => join(folder, String(files++))
afterAll(() => rmSync(folder, { recursive: true }))

test('a decision stands, also for whoever opens the file again', () => {
  const file = newFile()
  const ledger = openLedger(file)
  expect(ledger.find('a')).toBeUndefined()
  expect(ledger.record('a', 'approved')).toBe('approved')
  expect(ledger.record('a', 'declined')).toBe('approved')
  const again = openLedger(file)
  expect(again.find('a')).toBe('approved')
  expect(again.record('a', 'declined')).toBe('approved')
})

test('a line that was cut off is as if it had not been decided, and hides no other', () => {
  const file = newFile()
  openLedger(file).record('a', 'approved')
  appendFileSync(file, '{"key":"b","deci')
  const ledger = openLedger(file)
  expect([ledger.find('a'), ledger.find('b')]).toEqual(['approved', undefined])
  ledger.record('c', 'declined')
  expect(openLedger(file).find('c')).toBe('declined')
})

test('the file stays bounded, and the newest decisions are the ones kept', () => {
  const file = newFile()
  const ledger = openLedger(file)
  for (let number = 0; number < 120_000; number++) ledger.record(`key-${number}`, 'approved')
  expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThanOrEqual(100_000)
  const again = openLedger(file)
  expect([again.find('key-0'), again.find('key-70000'), again.find('key-119999')]).toEqual([
    undefined,
    'approved',
    'approved',
  ])
})

test('a file that is not ours is refused with its name', () => {
  expect(() => openLedger(folder)).toThrow(`Cannot read the ledger ${folder}: expected a file`)
})
