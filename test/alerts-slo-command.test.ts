/** `npm run slo` as its users run it: what it prints, and how it ends. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import { production } from '../contract/windows.ts'
import { exportOpenSlo } from '../export/slo-files/openslo.ts'

const script = fileURLToPath(new URL('../scripts/slo.ts', import.meta.url))
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slo-command-'))
  writeFileSync(join(folder, 'team.yaml'), exportOpenSlo(objectives, production.period))
  writeFileSync(join(folder, 'bad.yaml'), 'version: prometheus/v1\nservice: shop\nslos: []\n')
  writeFileSync(join(folder, 'empty.yaml'), '')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('imported rules say which file they come from', { timeout: 60_000 }, async () => {
  const { code, stdout } = await slo('import', 'team.yaml', '--rules', '30d')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^# Written by `npm run slo -- import --rules` from "team\.yaml"\./)
  expect(stdout).toContain('name: slo-shop-availability-slow')
})

test('generates rules, tests, routing and a dashboard from a file', { timeout: 60_000 }, async () => {
  const { code, stdout } = await slo('generate', 'team.yaml', '--out', 'slos')
  expect(code).toBe(0)
  for (const path of [
    'rules/slo-shop-latency.yaml',
    'rules-tests/slo-shop-latency.yaml',
    'alertmanager.yaml',
  ])
    expect(stdout.split('\n')).toContain(join('slos', path))
  expect(stdout).toContain(join('slos', 'dashboards', 'objectives-slo.json'))
  expect(stdout).toContain('alertmanager.yaml: its receivers page and ticket tell nobody until you say how')
})

test('writes the rules of a preset for a platform', { timeout: 60_000 }, async () => {
  const { code, stdout } = await slo('export', 'rules', '--for', 'kubernetes', '--rules', 'practice')
  expect(code).toBe(0)
  expect(stdout.split('\n')).toContain(join('rules', 'slo-shop-latency.yaml'))
  const written = readFileSync(join(folder, 'rules', 'slo-shop-latency.yaml'), 'utf8')
  expect(written).toContain('kind: PrometheusRule')
  expect(written).toContain('name: sightline-practice-slo-shop-latency')
})

test.each([
  [
    ['import', 'missing.yaml'],
    2,
    'Cannot read missing.yaml: expected a file of Sloth, OpenSLO or Pyrra, got no such',
  ],
  [['import', '.'], 2, 'Cannot read .: expected a file of Sloth, OpenSLO or Pyrra, got a folder'],
  [['export', 'nowhere/out.yaml'], 2, 'Cannot write nowhere/out.yaml: expected a file that can be written'],
  [['export', '/dev/full'], 2, 'Cannot write /dev/full: expected a file that can be written, got ENOSPC'],
  [['import', 'empty.yaml'], 1, 'empty.yaml:1: expected at least one objective, got an empty file'],
  [['import', 'team.yaml', '--rules', '90d'], 2, 'Cannot find preset "90d": expected 30d or practice'],
  [['import'], 2, 'Cannot run "import": expected import FILE, generate FILE... or export PLACE'],
  [['export', 'rules', '--for', 'nagios'], 2, 'Cannot read --for: expected openslo, kubernetes, mimir or'],
  [['export', '-', '--for', 'mimir'], 2, 'Cannot write to stdout: expected a folder for the rules of mimir'],
  [['export', 'team.yaml', '--for', 'mimir'], 1, 'Cannot write to team.yaml: expected a folder that can be'],
  [['import', 'team.yaml', '--wrong'], 2, "Unknown option '--wrong'"],
  [['import', 'bad.yaml'], 1, 'bad.yaml:3: slos: expected at least one SLO'],
] as const)('%j ends with %i: %s', { timeout: 60_000 }, async (args, code, message) => {
  const result = await slo(...args)
  expect(result.code, result.stderr).toBe(code)
  expect(result.stderr).toContain(message)
  expect(result.stderr).not.toMatch(/^ +at /m)
  expect(result.stdout).toBe('')
})

function slo(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [script, ...args], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}
