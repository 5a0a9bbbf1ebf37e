import { UserError } from '../../contract/user-error.ts'
import { readCases, replayCases } from '../../engines/logql/replay/cases.ts'
import { command } from '../command.ts'
import { isInstalled } from '../installed.ts'
import { required } from '../options.ts'
import { knownLoki } from './diff.ts'

const usage = `Usage: npm run logql -- replay --loki BIN [--write]

Asks a real Loki the cases of engines/logql/cases and compares its answers with those kept there.

  --loki BIN         a Loki of 3.7, which is started on ports of its own and stopped again
  --write            keep Loki's answers as those of the cases`

export const main = command({
  name: 'logql',
  usage,
  options: { loki: { type: 'string' }, write: { type: 'boolean', default: false } },
  run: async values => {
    if (isInstalled)
      throw new UserError({ action: 'replay', expected: 'a clone, which has the cases', got: 'a package' })
    const { loki } = required('replay', values, ['loki'])
    knownLoki(loki)
    const problems = await replayCases({ binary: loki, writes: values.write })
    for (const problem of problems) console.log(problem)
    const count = readCases().files.reduce((sum, { cases }) => sum + cases.length, 0)
    console.log(`${count} cases, ${problems.length} answered otherwise by ${loki}`)
    return problems.length === 0 ? 0 : 1
  },
})
