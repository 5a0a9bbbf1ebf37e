import { readFileSync } from 'node:fs'
import { wrongUse } from '../../contract/user-error.ts'
import { parse } from '../../engines/promql/engine/parse.ts'
import { typeOf } from '../../engines/promql/language/check.ts'
import { format } from '../../engines/promql/language/print.ts'
import { command } from '../command.ts'
import { featureOptions, featuresOption, featureUsage, plainly } from './input.ts'

const usage = `Usage: npm run promql -- fmt EXPR...

Prints queries in Prometheus' form, broken over lines where they are long; - reads one from stdin.

${featureUsage}
  --json             query and type of each as JSON`

export const main = command({
  name: 'promql',
  usage,
  options: { ...featureOptions, json: { type: 'boolean', default: false } },
  words: true,
  run: ({ json, 'enable-feature': features }, words) => {
    if (words.length === 0) throw wrongUse('Cannot format: expected an expression or -, got nothing')
    return plainly(() => {
      const formatted = words.map(word => {
        const expr = parse(word === '-' ? readFileSync(0, 'utf8') : word, featuresOption(features))
        return { query: format(expr), type: typeOf(expr) }
      })
      console.log(json ? JSON.stringify(formatted, null, 2) : formatted.map(({ query }) => query).join('\n'))
      return 0
    })
  },
})
