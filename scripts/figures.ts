/** Measures the figures that documents show, and writes them there with machine, date and command. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Figures, keepFigures, readFigures, withFigures } from '../bench/figures/documents.ts'
import { type FigureTable, tables } from '../bench/figures/tables.ts'
import { command } from './command.ts'
import { oneOf } from './options.ts'

const all: Readonly<Record<string, FigureTable>> = tables
const names = Object.keys(all)

const usage = `Usage: npm run figures -- NAME... | --write

Measures the named tables of figures, keeps them in docs/figures/ and writes them into their documents.
Times belong on a machine that does nothing else.

Figures: ${names.join(', ')}

  --write   measure nothing; write what docs/figures/ holds into the documents again`

export const main = command({
  name: 'figures',
  usage,
  options: { write: { type: 'boolean' } },
  words: true,
  run: async (values, words) => {
    const chosen = values.write && words.length === 0 ? names : words
    if (chosen.length === 0) oneOf('choose figures', undefined, names)
    for (const name of chosen) {
      const { document, columns, measure } = all[oneOf('choose figures', name, names)]!
      const figures = values.write ? readFigures(name) : keepFigures(name, columns, await measure())
      if (figures === undefined) console.log(`${name.padEnd(14)} not measured yet`)
      else show(name, figures, document)
    }
    return 0
  },
})

function show(name: string, figures: Figures, document: string): void {
  writeFileSync(document, withFigures(readFileSync(document, 'utf8'), name, figures, document))
  console.log(`${name.padEnd(14)} ${document}  ${figures.date}`)
}

if (import.meta.main) {
  process.chdir(new URL('..', import.meta.url).pathname)
  process.exitCode = await main(process.argv.slice(2))
}
