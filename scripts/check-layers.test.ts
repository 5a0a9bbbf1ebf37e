import { expect, test } from 'vitest'
import { checkImports } from './check-layers.ts'

const importing = (specifier: string) => `import { thing } from '${specifier}'\n`

test.each([
  ['dashboards/red.ts', '../otel/signals.ts'],
  ['dashboards/slo.ts', '../alerts/objectives.ts'],
  ['app/shop.ts', '../otel/metrics.ts'],
  ['app/load/judge.ts', '../../alerts/budgets.ts'],
  ['otel/metrics.ts', './signals.ts'],
  ['scripts/generate.ts', '../alerts/outputs.ts'],
  ['test/trace.test.ts', '../app/faults/catalogue.ts'],
])('%s may import %s', (file, specifier) => {
  expect(checkImports(file, importing(specifier))).toEqual([])
})

test.each([
  ['dashboards/red.ts', '../app/faults/catalogue.ts'],
  ['dashboards/red.ts', '../otel/metrics.ts'],
  ['alerts/rules.ts', '../app/config.ts'],
  ['app/shop.ts', '../alerts/budgets.ts'],
  ['otel/signals.ts', './metrics.ts'],
  ['otel/metrics.ts', '../app/config.ts'],
  ['contract/expr.ts', '../otel/signals.ts'],
  ['app/shop.ts', '../scripts/shop.ts'],
  ['dashboards/red.ts', '../generated/dashboards/red.json'],
  ['test/red.test.ts', '../generated/dashboards/red.json'],
])('%s may not import %s', (file, specifier) => {
  expect(checkImports(file, importing(specifier))).toHaveLength(1)
})

test('a violation names the line, what was imported and what would be allowed', () => {
  const source = `import { join } from 'node:path'\n${importing('../app/faults/catalogue.ts')}`
  expect(checkImports('otel/logs.ts', source)).toEqual([
    {
      file: 'otel/logs.ts',
      line: 2,
      imported: 'app/faults/catalogue.ts',
      reason: 'otel may import nothing of ours',
    },
  ])
})

test('dynamic imports and imports over several lines count too', () => {
  expect(checkImports('otel/logs.ts', `await import('../app/faults/catalogue.ts')`)).toHaveLength(1)
  expect(
    checkImports('otel/logs.ts', `import {\n  a,\n  b,\n} from '../app/faults/catalogue.ts'`),
  ).toHaveLength(1)
})
