import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../contract/user-error.ts'
import { collect, drift, write } from './generate.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'generate-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('writes new and changed files and removes those no definition makes any more', () => {
  write(new Map(Object.entries({ 'a/one.json': '1', 'two.json': '2' })), folder)
  expect(write(new Map(Object.entries({ 'a/one.json': '1', 'three.json': '3' })), folder)).toEqual({
    missing: ['three.json'],
    changed: [],
    extra: ['two.json'],
  })
  expect(readdirSync(folder).toSorted()).toEqual(['a', 'three.json'])
  expect(readFileSync(join(folder, 'a/one.json'), 'utf8')).toBe('1')
})

test('says what has drifted without touching it', () => {
  const files = new Map(Object.entries({ 'one.json': '1' }))
  write(files, folder)
  writeFileSync(join(folder, 'one.json'), 'edited by hand')
  expect(drift(files, folder)).toEqual({ missing: [], changed: ['one.json'], extra: [] })
  expect(readFileSync(join(folder, 'one.json'), 'utf8')).toBe('edited by hand')
})

test('reports the problems of all folders at once', () => {
  const failing = (message: string) => () => {
    throw new UserError(message)
  }
  expect(() =>
    collect({
      dashboards: failing('dashboards/red.ts: expected a unit, got "parsec"'),
      alerts: () => ({ 'x.yaml': '' }),
      compose: () => ({ 'x.yaml': '' }),
    }),
  ).toThrow(
    'dashboards/red.ts: expected a unit, got "parsec"\ncompose: generated/x.yaml is already written by another folder',
  )
})
