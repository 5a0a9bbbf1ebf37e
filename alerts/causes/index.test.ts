import { existsSync, readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { alerts } from './index.ts'

const files = readdirSync(import.meta.dirname)
  .filter(name => name.endsWith('.ts') && !name.startsWith('index.'))
  .map(name => name.slice(0, -'.ts'.length))

test('every file here is an alert of the table, and every alert of the table has its file', () => {
  expect(Object.keys(alerts).toSorted()).toEqual(files.toSorted())
})

test.each(files)('%s.ts defines the alert it is named after, and has its runbook', async file => {
  const defined = (await import(`../causes/${file}.ts`)) as Record<string, unknown>
  expect(Object.keys(defined)).toEqual([file])
  expect(defined[file]).toBe(alerts[file as keyof typeof alerts])
  const runbook = new URL(`../../docs/runbooks/${file}.md`, import.meta.url)
  expect(existsSync(runbook), runbook.pathname).toBe(true)
})
