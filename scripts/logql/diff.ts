import { wrongUse } from '../../contract/user-error.ts'
import { diff } from '../../engines/logql/diff/diff.ts'
import { versionOf } from '../../engines/logql/diff/real-loki.ts'
import { command } from '../command.ts'
import { required } from '../options.ts'

const usage = `Usage: npm run logql -- diff --loki BIN --seed N --queries N

Asks a real Loki and this engine the same random queries over the same random lines, and makes each difference as small
as it gets. Where Loki answers otherwise when asked again (which of equal series topk keeps is chance), that is counted and not told.

  --loki BIN         a Loki of 3.7, which is started on ports of its own and stopped again
  --seed N           the same number gives the same lines and queries
  --queries N        how many`

export const main = command({
  name: 'logql',
  usage,
  options: {
    loki: { type: 'string' },
    seed: { type: 'string' },
    queries: { type: 'string', default: '200' },
  },
  run: async values => {
    const { loki, seed } = required('compare', values, ['loki', 'seed'])
    knownLoki(loki)
    const queries = whole('queries', values.queries)
    const differences = await diff({ binary: loki, seed: whole('seed', seed), queries, print: console.log })
    return differences === 0 ? 0 : 1
  },
})

export function knownLoki(binary: string): void {
  const version = versionOf(binary)
  if (version === undefined || !version.startsWith('3.7.'))
    throw wrongUse(
      `Cannot ask ${binary}: expected a Loki of version 3.7, got ${version ?? 'no such program'}`,
    )
}

function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw wrongUse(`Cannot read --${name}: expected a whole number, got "${text}"`)
}
