/** `npm run export` over the file system: what it reads, what it writes, and how it ends. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { promClient } from '../export/mapping.ts'
import { main } from './export.ts'

const folder = mkdtempSync(join(tmpdir(), 'export-'))
afterAll(() => rmSync(folder, { recursive: true }))

const given = ['--service', 'ledger', '--format', 'grafana', '--only', 'red']

test('a mapping as JSON becomes files below the folder', async () => {
  const http_server_request_duration_seconds = { name: 'ledger_seconds', buckets: [0.1, 1] }
  const signals = { ...promClient, http_server_request_duration_seconds }
  const mapping = file('mapping.json', JSON.stringify({ signals }))
  const out = join(folder, 'new', 'observability')
  const { code, error } = await run('--signals', mapping, '--out', out)
  expect([code, error]).toEqual([0, ''])
  expect(readFileSync(join(out, 'rules/slo-ledger-latency.yaml'), 'utf8')).toContain('ledger_seconds_bucket')
})

test.each<[string, string[], number, string]>([
  ['no mapping', ['--signals', join(folder, 'none.json')], 2, 'which does not exist'],
  ['an empty mapping', ['--signals', file('empty.json', '')], 1, 'expected a module or JSON, got'],
  ['null', ['--signals', file('null.json', 'null')], 1, 'expected a default export with "signals", got none'],
  ['an empty list', ['--signals', file('list.json', '[]')], 1, 'got one with nothing'],
  [
    'a namespace for no resource',
    ['--signals', 'prom-client', '--namespace', 'monitoring'],
    2,
    'Cannot read --namespace and --label: expected a format of Kubernetes: configmap or operator, got grafana',
  ],
  [
    'a namespace with a capital',
    ['--signals', 'prom-client', '--format', 'operator', '--namespace', 'Monitoring'],
    2,
    'Cannot read --namespace: expected a name of a-z, 0-9 and - up to 63 long, got "Monitoring"',
  ],
  [
    'a label without a value',
    ['--signals', 'prom-client', '--format', 'configmap', '--label', 'release'],
    2,
    'Cannot read --label: expected NAME=VALUE such as release=prometheus',
  ],
  [
    'a folder that is a file',
    ['--signals', 'prom-client', '--out', file('taken', '')],
    1,
    `Cannot write to ${join(folder, 'taken')}: expected a folder that can be written, got ENOTDIR`,
  ],
])('%s is told in a line', async (_, args, code, message) => {
  const told = await run('--out', join(folder, 'out'), ...args)
  expect(told).toMatchObject({ code, error: expect.stringContaining(message) })
  expect(told.error).not.toMatch(/\n +at /)
})

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function run(...args: string[]): Promise<{ code: number; error: string }> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation((text: unknown) => {
    lines.push(text instanceof Error ? (text.stack ?? '') : String(text))
  })
  try {
    return { code: await main([...given, ...args]), error: lines.join('\n') }
  } finally {
    vi.restoreAllMocks()
  }
}
