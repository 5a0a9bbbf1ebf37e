/** Figures in the documents are those of docs/figures/, which `npm run figures` measures. */

import { expect, test } from 'vitest'
import { type Figures, namesOfFigures, readFigures, withFigures } from '../bench/figures/documents.ts'
import { type FigureTable, tables } from '../bench/figures/tables.ts'
import { documents, read } from './support/documents.ts'

const all: Readonly<Record<string, FigureTable>> = tables

test('every place for figures has some, and all figures have a place', () => {
  const places = documents.flatMap(document =>
    [...read(document).matchAll(/<!-- figures: ([\w-]+) -->/g)].map(([, name = '']) => [name, document]),
  )
  const kept = namesOfFigures().map(name => [name, all[name]?.document])
  expect(kept.length).toBeGreaterThan(0)
  expect(places.toSorted()).toEqual(kept.toSorted())
})

test.each(namesOfFigures())('%s stands in its document as it was measured', name => {
  const { document, columns } = all[name]!
  const figures = readFigures(name)!
  expect(figures.columns).toEqual(columns)
  expect(figures).toMatchObject({
    command: `npm run figures -- ${name}`,
    date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    machine: expect.stringContaining('Node'),
  })
  expect(read(document)).toBe(withFigures(read(document), name, figures, document))
})

test('a figure changed by hand, or a place that is gone, is noticed', () => {
  const figures: Figures = {
    command: 'npm run figures -- example',
    date: '2026-01-02',
    machine: 'a machine',
    columns: ['what', 'much'],
    rows: [['a start', '1.5']],
  }
  const written = withFigures(
    '<!-- figures: example -->\n<!-- end of figures -->\n',
    'example',
    figures,
    'x.md',
  )
  expect(written).toContain('| a start | 1.5 |\n\nBy `npm run figures -- example` on 2026-01-02: a machine.')
  expect(withFigures(written.replace('1.5', '0.5'), 'example', figures, 'x.md')).toBe(written)
  expect(() => withFigures('nothing', 'example', figures, 'x.md')).toThrow(
    'Cannot write the figures of example',
  )
})
