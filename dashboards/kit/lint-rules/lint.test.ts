import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { idleExclusions, lint } from './lint.ts'
import { rules } from './rules.ts'
import { right } from './testing.ts'

test('there are seventeen rules and each has a case that breaks it', () => {
  expect(new Set(rules.map(({ name }) => name)).size).toBe(17)
  for (const { name } of rules)
    expect(existsSync(new URL(`${name}.test.ts`, import.meta.url)), name).toBe(true)
})

test('a right dashboard keeps all of them', () => {
  expect(lint(right)).toEqual([])
})

test('an exclusion that excuses nothing is told', () => {
  expect(idleExclusions(right, [{ rule: 'target-job-rule', reason: 'because', panels: ['Rate'] }])).toEqual([
    'target-job-rule: Rate',
  ])
})
