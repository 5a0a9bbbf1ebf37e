import { readFileSync } from 'node:fs'
import { wrongUse } from '../../contract/user-error.ts'
import { parse } from '../../engines/logql/language/parse.ts'
import { format } from '../../engines/logql/language/print.ts'
import { command } from '../command.ts'
import { plainly } from './input.ts'

const usage = `Usage: npm run logql -- fmt QUERY...

Prints queries, broken over lines where they are long; - reads one from stdin.

  --json             query and kind (lines or numbers) of each as JSON`

export const main = command({
  name: 'logql',
  usage,
  options: { json: { type: 'boolean', default: false } },
  words: true,
  run: ({ json }, words) => {
    if (words.length === 0) throw wrongUse('Cannot format: expected a query or -, got nothing')
    return plainly(() => {
      const formatted = words.map(word => {
        const expr = parse(word === '-' ? readFileSync(0, 'utf8') : word)
        return { query: format(expr), kind: expr.kind === 'logs' ? 'lines' : 'numbers' }
      })
      console.log(json ? JSON.stringify(formatted, null, 2) : formatted.map(({ query }) => query).join('\n'))
      return 0
    })
  },
})
