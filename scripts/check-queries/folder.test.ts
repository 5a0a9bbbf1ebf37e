import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { readFolder } from './folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'check-folder-'))
afterEach(() => rmSync(folder, { recursive: true }))

test('beside rules there may be files of several documents, such as SLOs', () => {
  const rule = { record: 'a:b', expr: 'sum(up)' }
  writeFileSync(join(folder, 'rules.yaml'), JSON.stringify({ groups: [{ name: 'a', rules: [rule] }] }))
  writeFileSync(join(folder, 'slos.yaml'), 'kind: SLO\n---\nkind: SLO\n')
  expect(readFolder(folder).dashboards.map(({ uid, panels }) => [uid, panels.length])).toEqual([
    ['rules.yaml', 1],
  ])
})
