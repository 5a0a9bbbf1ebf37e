/** The tables of figures in the documents: where each stands, and how its rows are measured. */

import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { outputs } from '../../alerts/outputs.ts'
import { UserError } from '../../contract/user-error.ts'
import { runPromqltest, type TestReport } from '../../engines/promql/replay/promqltest.ts'
import { runUnitTests } from '../../engines/promql/replay/unit-tests.ts'
import { cellsOf, columns, type Row } from '../lab/rows.ts'
import { startOnce } from '../start.ts'
import { sloFiles } from './slo-files.ts'

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
  'orders-under-crashes': {
    document: 'docs/reliability.md',
    columns: [
      'database',
      'killed with -9 while customers order',
      'orders/s before',
      'requests',
      'orders acknowledged',
      'lost, doubled, charged wrongly, or stock amiss',
    ],
    measure: () => figuresOfTests('test/crash-under-load.test.ts'),
  },
  'telemetry-under-outages': {
    document: 'docs/reliability.md',
    columns: [
      'endpoints that fail, and for how long each',
      'requests served',
      'requests failed',
      'spans and lines made',
      'sent',
      'counted as lost',
      'unaccounted',
    ],
    measure: () => figuresOfTests('otel/outages.test.ts'),
  },
  'faults-survived': {
    document: 'docs/reliability.md',
    columns: ['fault', 'where', 'its symptom', 'before', 'while it runs', 'after it'],
    measure: () => figuresOfTests('test/faults.test.ts'),
  },
  'alerts-of-faults': {
    document: 'docs/reliability.md',
    columns: ['fault', 'alert', 'promised within', 'fired after', 'fired besides'],
    measure: () => figuresOfTests('test/alerts-faults.long.test.ts'),
  },
  'odd-requests': {
    document: 'docs/reliability.md',
    columns: ['server', 'odd requests', 'answers', 'faults of its own, silences and crashes'],
    measure: () => figuresOfTests('test/odd-requests.test.ts'),
  },
  'slo-files': {
    document: 'docs/slo-files.md',
    columns: ['files with SLOs of', 'found', 'imported', 'refused'],
    measure: sloFiles,
  },
  lab: {
    document: 'lab/README.md',
    columns,
    measure: labAndStack,
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

function labAndStack(): string[][] {
  // It ends with 1 where the native stack did not come up, and says so among what is missing.
  const { stdout } = spawnSync(process.execPath, ['scripts/bench.ts', 'lab', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (stdout === '') throw new UserError({ action: 'measure the lab', expected: 'figures', got: 'an error' })
  const { load, missing, rows } = JSON.parse(stdout) as { load: number; missing: string[]; rows: Row[] }
  return [
    ...rows.map(cellsOf),
    [`other work on the machine: load ${load.toFixed(0)} at the end`, '', '', ''],
    ...missing.map(each => ['not there', '', each, '']),
  ]
}

async function shopStart(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'figures-'))
  try {
    const times: number[] = []
    for (let round = 0; round < 5; round++) times.push((await startOnce('shop', folder, 0)).ready.everything!)
    return times.toSorted((a, b) => a - b)[2]!.toFixed(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The rows that the tests of a file in its long form hand out; one that failed hands out none, and is an error. */
function figuresOfTests(file: string): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'figures-'))
  const report = join(folder, 'report.json')
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', file, '--reporter=json', `--outputFile=${report}`]
  try {
    const { status } = spawnSync(process.execPath, vitest, {
      env: { ...process.env, SIGHTLINE_LONG: '1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { assertionResults: { title: string; meta: { figures?: (string | number)[][] } }[] }[]
    }
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
    const rows = tests.flatMap(({ meta }) => meta.figures ?? [])
    if (status === 0 && rows.length > 0)
      return rows.map(row => row.map(cell => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)))
    throw new UserError({
      action: `measure by ${file}`,
      expected: 'its tests to pass',
      got: status === 0 ? 'no figures' : 'a failure',
      hint: `run \`npm run ok:long -- ${file}\``,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
