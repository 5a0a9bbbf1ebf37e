import { readFileSync } from 'node:fs'
import { wrongUse } from '../../contract/user-error.ts'
import { parse } from '../../engines/traceql/language/parse.ts'
import { print } from '../../engines/traceql/language/print.ts'
import { validate } from '../../engines/traceql/language/validate.ts'
import { command } from '../command.ts'
import { plainly } from './input.ts'

const usage = `Usage: npm run traceql -- fmt EXPR...

Prints queries in one form; - reads one from stdin. A query that Tempo would refuse is an error.

  --json             query and kind (search or metrics) of each as JSON`

export const main = command({
  name: 'traceql',
  usage,
  options: { json: { type: 'boolean', default: false } },
  words: true,
  run: ({ json }, words) => {
    if (words.length === 0) throw wrongUse('Cannot format: expected a query or -, got nothing')
    return plainly(() => {
      const formatted = words.map(word => {
        const text = word === '-' ? readFileSync(0, 'utf8') : word
        const query = parse(text)
        validate(text, query)
        return { query: print(query), kind: query.kind }
      })
      console.log(json ? JSON.stringify(formatted, null, 2) : formatted.map(({ query }) => query).join('\n'))
      return 0
    })
  },
})
