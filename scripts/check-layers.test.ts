import { expect, test } from 'vitest'
import { checkLayers } from './check-layers.ts'
import { readSources } from './layers/read.ts'

/** The problems of a repository with these files, of which each `x` is imported by a test so that it is in use. */
function problemsOf(files: Record<string, string>) {
  const sources = {
    '/r/tsconfig.json': '{"compilerOptions":{"noLib":true,"types":[]},"include":["**/*.ts"]}',
  }
  for (const [path, text] of Object.entries(files)) Object.assign(sources, { [`/r/${path}`]: text })
  return checkLayers(readSources('/r', sources)).problems
}

const x = 'export const x = 1'
/** Imports `x`, so that it counts as used, and the file exports nothing. */
const importing = (specifier: string) => `import { x } from '${specifier}'\nx`

test.each<[string, string]>([
  ['dashboards/red.ts', 'otel/signals.ts'],
  ['dashboards/slo.ts', 'alerts/objectives.ts'],
  ['app/faults/switch.ts', 'otel/metrics.ts'],
  ['tuning/score.ts', 'lab/store.ts'],
  ['contract/expr.ts', 'otel/signals.ts'],
  ['scripts/generate.ts', 'tuning/score.ts'],
  ['scripts/fault.test.ts', 'scripts/fault.ts'],
  ['alerts/slo/windows.test.ts', 'test/support/eventually.ts'],
  ['test/trace.test.ts', 'scripts/shop.ts'],
  ['bench/overhead/service.ts', 'app/shop.ts'],
  ['examples/checkout/build.ts', 'export/project.ts'],
  ['engines/promql/serve/server.ts', 'engines/promql/engine/query.ts'],
])('%s may import %s', (file, imported) => {
  expect(problemsOf({ [file]: importing(from(file, imported)), [imported]: x })).toEqual([])
})

test.each<[string, string, string]>([
  ['otel/metrics.ts', 'contract/links.ts', 'otel/ imports nothing of ours'],
  ['otel/metrics.test.ts', 'test/support/eventually.ts', 'otel/ imports nothing of ours'],
  ['engines/promql/store/memory.ts', 'contract/expr.ts', 'engines/ imports nothing of ours'],
  ['engines/promql/fuzz/fuzz.test.ts', 'app/seeded-random.ts', 'engines/ imports nothing of ours'],
  ['contract/expr.ts', 'otel/metrics.ts', 'contract/ imports only otel/signals.ts'],
  ['contract/links.ts', 'dashboards/kit/layout.ts', 'contract/ imports only otel/signals.ts'],
  ['app/load/verdict.ts', 'alerts/budgets.ts', 'app/ (3) imports only from lower numbers, and alerts/ has 4'],
  ['app/load/verdict.test.ts', 'alerts/budgets.ts', 'app/ (3) imports only from lower numbers'],
  ['alerts/causes/slow.ts', 'dashboards/kit/layout.ts', 'and dashboards/ has 5'],
  ['alerts/outputs.ts', 'export/platforms.ts', 'and export/ has 7'],
  ['compose/outputs.ts', 'export/project.ts', 'and export/ has 7'],
  ['lab/api/mount.ts', 'tuning/pages.ts', 'lab/ (8) imports only from lower numbers, and tuning/ has 9'],
  ['tuning/replay.ts', 'scripts/command.ts', 'nothing imports scripts/'],
  ['bench/overhead.ts', 'scripts/command.ts', 'nothing imports scripts/'],
  ['dashboards/red.ts', 'test/support/eventually.ts', 'no room imports test/'],
  ['dashboards/red.test.ts', 'test/stack.ts', 'no room imports test/'],
  ['export/project.test.ts', 'examples/checkout/build.ts', 'no room imports examples/'],
  ['dashboards/red.ts', 'generated/dashboards/red.ts', 'no code imports generated/'],
  ['test/red.test.ts', 'generated/dashboards/red.ts', 'no code imports generated/'],
])('%s may not import %s', (file, imported, reason) => {
  const source = `// First line\n${importing(from(file, imported))}`
  expect(problemsOf({ [file]: source, [imported]: x })).toEqual([
    expect.stringMatching(`^${file}:2: imports ${imported}: .*${escaped(reason)}`),
  ])
})

test.each([
  ['a type', `import type { x } from '../contract/links.ts'`],
  ['a type among values', `import { type x } from '../contract/links.ts'`],
  ['a type in place', `type Links = typeof import('../contract/links.ts').x`],
  ['several lines', `import {\n  x,\n} from '../contract/links.ts'`],
  ['a whole module', `import * as links from '../contract/links.ts'`],
  ['only what it does', `import '../contract/links.ts'`],
  ['what is passed on', `export * from '../contract/links.ts'`],
  ['a dynamic import', `const links = await import('../contract/links.ts')`],
  ['the file of a thread', `const thread = new URL('../contract/links.ts', import.meta.url)`],
])('every way to import counts: %s', (_way, source) => {
  const problems = problemsOf({
    'otel/logs.ts': source,
    'contract/links.ts': x,
    'app/a.ts': useOf('contract/links'),
  })
  expect(problems).toEqual([expect.stringContaining('otel/logs.ts:1: imports contract/links.ts')])
})

test('what only looks like an import is none', () => {
  const source = `// import { x } from '../contract/links.ts'\nconst text = "import('../contract/links.ts')"`
  expect(problemsOf({ 'otel/logs.ts': source })).toEqual([])
})

test.each(['language', 'engine', 'store', 'rules', 'text'])('engines/logql/%s runs in a browser', folder => {
  const source = `import { readFileSync } from 'node:fs'`
  expect(problemsOf({ [`engines/logql/${folder}/a.ts`]: source })).toEqual([
    expect.stringContaining(`engines/logql/${folder}/a.ts:1: imports node:fs: it runs in a browser as well`),
  ])
  expect(problemsOf({ [`engines/logql/${folder}/a.test.ts`]: source })).toEqual([])
  expect(problemsOf({ 'engines/logql/serve/a.ts': source, 'otel/a.ts': source })).toEqual([])
})

test.each(['score', 'playground/browser'])('tuning/%s runs in a browser', folder => {
  const source = `import { readFileSync } from 'node:fs'`
  expect(problemsOf({ [`tuning/${folder}/a.ts`]: source })).toEqual([
    expect.stringContaining('it runs in a browser as well, in the playground'),
  ])
  expect(problemsOf({ 'tuning/replay/a.ts': source })).toEqual([])
})

test('two files that import each other are a circle, also when only by types', () => {
  const files = {
    'app/a.ts': `import type { B } from './b.ts'\nexport interface A { b: B }`,
    'app/b.ts': `import type { A } from './a.ts'\nexport interface B { a: A }`,
  }
  expect(problemsOf(files)).toEqual([
    'app/a.ts:1: imports in a circle: app/a.ts → app/b.ts → app/a.ts (app/a.ts:1, app/b.ts:1)',
  ])
})

test('two folders that import each other are a circle, though none of their files are', () => {
  const files = {
    'app/orders/place.ts': `import { x } from '../jobs/queue.ts'\nx`,
    'app/jobs/queue.ts': x,
    'app/jobs/run.ts': `\nimport { x } from '../orders/price.ts'\nx`,
    'app/orders/price.ts': x,
  }
  expect(problemsOf(files)).toHaveLength(1)
  expect(problemsOf(files)[0]).toMatch(/app\/orders → app\/jobs|app\/jobs → app\/orders/)
  expect(problemsOf(files)[0]).toContain('app/jobs/run.ts:2')
})

test('a folder may stand between two files of the folder above', () => {
  const files = {
    'alerts/outputs.ts': `import { x } from './slo/rules.ts'\nx`,
    'alerts/slo/rules.ts': `import { x as y } from '../objectives.ts'\nexport const x = y`,
    'alerts/objectives.ts': x,
  }
  expect(problemsOf(files)).toEqual([])
})

test('an export that no other file imports is named', () => {
  const files = {
    'app/a.ts':
      'export const used = 1\nexport interface Unused {}\nexport { used as again }\nexport default used',
    'app/b.ts': `import { used } from './a.ts'\nexport const { left, right: [renamed] } = used`,
    'some.config.ts': 'export default {}',
    'engines/logql/index.ts': x,
  }
  const named = problemsOf(files).map(line => line.replace(', which no other file imports', ''))
  expect(named).toEqual([
    'app/a.ts:2: exports Unused',
    'app/a.ts:3: exports again',
    'app/a.ts:4: exports default',
    'app/b.ts:2: exports left',
    'app/b.ts:2: exports renamed',
  ])
})

function from(file: string, imported: string): string {
  return `${'../'.repeat(file.split('/').length - 1)}${imported}`
}

function useOf(path: string): string {
  return `import { x } from '../${path}.ts'\nx`
}

function escaped(text: string): string {
  return text.replaceAll(/[()/.]/g, '\\$&')
}
