/** The tables of figures in the documents: where each stands, and how its rows are measured. */

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { outputs } from '../../alerts/outputs.ts'
import { UserError } from '../../contract/user-error.ts'
import { runPromqltest, type TestReport } from '../../engines/promql/replay/promqltest.ts'
import { runUnitTests } from '../../engines/promql/replay/unit-tests.ts'

export interface FigureTable {
  /** The document that shows it. */
  document: string
  columns: readonly string[]
  measure: () => string[][] | Promise<string[][]>
}

export const tables = {
  'promql-cases': {
    document: 'engines/promql/README.md',
    columns: ['run on our engine', 'passed', 'failed'],
    measure: () => [
      row('our own cases, expectations written by Prometheus', ownCases()),
      row("this repository's generated unit tests of rules, which promtool passes", generatedRuleTests()),
    ],
  },
  'rule-cost': {
    document: 'alerts/README.md',
    columns: ['form', 'groups', 'rules', 'samples read a minute'],
    measure: ruleCost,
  },
  'shop-start': {
    document: 'README.md',
    columns: ['start', 'seconds, median of 5'],
    measure: async () => [['`npm run shop` until all three serve, embedded database', await shopStart()]],
  },
} as const satisfies Record<string, FigureTable>

function row(name: string, reports: readonly TestReport[]): string[] {
  const passed = reports.reduce((sum, report) => sum + report.passed, 0)
  const failed = reports.reduce(
    (sum, { failures, unsupported }) => sum + failures.length + unsupported.size,
    0,
  )
  return [name, passed.toLocaleString('en'), failed.toLocaleString('en')]
}

function ownCases(): TestReport[] {
  return globSync('engines/promql/cases/*.test').map(file => runPromqltest(readFileSync(file, 'utf8')))
}

function generatedRuleTests(): TestReport[] {
  const folder = mkdtempSync(join(tmpdir(), 'figures-'))
  try {
    const files = Object.entries(outputs()).filter(([path]) => /^rules/.test(path))
    for (const [path, content] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    const tests = files.filter(([path]) => path.startsWith('rules-tests/'))
    return tests.map(([path, content]) => runUnitTests(content, join(folder, path)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function ruleCost(): string[][] {
  const text = execFileSync(process.execPath, ['scripts/bench.ts', 'rules', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const rows = JSON.parse(text) as { form: string; groups: number; rules: number; samplesPerMinute: number }[]
  return rows.map(({ form, groups, rules, samplesPerMinute }) => [
    form,
    String(groups),
    String(rules),
    samplesPerMinute.toLocaleString('en'),
  ])
}

async function shopStart(): Promise<string> {
  const times: number[] = []
  for (let round = 0; round < 5; round++) times.push(await startOnce())
  return (times.toSorted((a, b) => a - b)[2]! / 1000).toFixed(1)
}

/** Milliseconds from the command to the banner. */
async function startOnce(): Promise<number> {
  const names = ['SHOP', 'PAYMENTS', 'WORKER'].flatMap(role => [`${role}_PORT`, `${role}_ADMIN_PORT`])
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['scripts/shop.ts'], {
    env: { PATH: process.env.PATH, ...Object.fromEntries(names.map(name => [name, '0'])) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += chunk
    if (!output.includes('Ctrl-C stops all')) continue
    const took = performance.now() - startedAt
    child.kill('SIGINT')
    await ended
    return took
  }
  throw new UserError({
    action: 'measure a start of the shop',
    expected: 'its banner',
    got: output || 'nothing',
  })
}
