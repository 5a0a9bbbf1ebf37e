/** `npm run slo` over the file system: which options go with which verb, and what they do to what is written. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { main } from './slo.ts'

const folder = mkdtempSync(join(tmpdir(), 'slo-'))
afterAll(() => rmSync(folder, { recursive: true }))

const sloth = file(
  'sloth.yaml',
  `version: prometheus/v1
service: books
slos:
  - name: lending
    objective: 99.5
    sli:
      events:
        error_query: sum(rate(loans_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(loans_total[{{.window}}]))
    alerting: {}
`,
)
const pyrra = file(
  'pyrra.yaml',
  `apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: { name: reading }
spec: { target: "99", window: 2w, indicator: { bool_gauge: { metric: probe_success } } }
`,
)
const windows = file(
  'windows.yaml',
  `apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: { errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h }
    slow: { errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h }
  ticket:
    quick: { errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d }
    slow: { errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d }
`,
)

test("alerts by Sloth's own windows over the period asked for", async () => {
  const out = join(folder, 'week')
  const told = await slo('generate', sloth, pyrra, '--out', out, '--windows', windows, '--period', '7d')
  expect(told).toEqual({ code: 0, error: '' })
  // 8 % of a week's budget in an hour.
  expect(readFileSync(join(out, 'rules/slo-books-lending.yaml'), 'utf8')).toContain('> 13.44 and on')
})

test('rules for Kubernetes carry the namespace and labels asked for', async () => {
  const place = join(folder, 'resources')
  const told = await slo(
    ...['export', place, '--for', 'kubernetes', '--namespace', 'monitoring'],
    ...['--label', 'release=prometheus', '--label', 'team=shop'],
  )
  expect(told).toEqual({ code: 0, error: '' })
  const files = readdirSync(place)
  expect(files.length).toBeGreaterThan(8)
  for (const name of files)
    expect(parse(readFileSync(join(place, name), 'utf8')).metadata, name).toMatchObject({
      namespace: 'monitoring',
      labels: { release: 'prometheus', team: 'shop', 'app.kubernetes.io/part-of': 'sightline' },
    })
})

const out = ['--out', join(folder, 'none')] as const

test.each([
  [['generate', sloth, ...out, '--windows', sloth], 1, `${sloth}:1: expected Sloth's AlertWindows`],
  [
    ['generate', pyrra, ...out, '--windows', windows],
    2,
    `Cannot use --windows ${windows}: expected a file of Sloth, as the others bring windows of their own, got ${pyrra}`,
  ],
  [
    ['generate', sloth, ...out, '--windows', windows],
    1,
    `${sloth}:2: expected AlertWindows over 30d, got those over 7d; choose them with --period 7d`,
  ],
  [
    ['import', sloth, '--windows', windows],
    2,
    'Cannot use --windows with import: expected it with generate alone',
  ],
  [
    ['export', join(folder, 'none'), '--for', 'mimir', '--label', 'a=b'],
    2,
    'Cannot read --namespace and --label: expected --for kubernetes, got mimir',
  ],
  [['export', '-', '--namespace', 'a'], 2, 'expected --for kubernetes, got openslo'],
  [
    ['export', '-', '--for', 'kubernetes', '--label', 'a b=c'],
    2,
    'Cannot read --label: expected NAME=VALUE such',
  ],
  [
    ['export', '-', '--period', '7d'],
    2,
    'Cannot use --period with export: expected it with import or generate alone',
  ],
])('%j ends with %i: %s', async (args, code, message) => {
  expect(await slo(...args)).toEqual({ code, error: expect.stringContaining(message) })
})

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function slo(...args: string[]): Promise<{ code: number; error: string }> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation((text: unknown) => {
    lines.push(text instanceof Error ? (text.stack ?? '') : String(text))
  })
  try {
    return { code: await main(args), error: lines.join('\n') }
  } finally {
    vi.restoreAllMocks()
  }
}
