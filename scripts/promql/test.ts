import { UserError, wrongUse } from '../../contract/user-error.ts'
import { runTestFiles } from '../../engines/promql/replay/run.ts'
import { command } from '../command.ts'
import { isSystemError, plainly } from './input.ts'

const usage = `Usage: npm run promql -- test FILE...

Runs promqltest files (*.test) and promtool's unit tests (*.yml, *.yaml), or all such files of a folder.
Prints a line for each file, every failure, what is not supported by reason, and closes with "N passed, N failed".`

export const main = command({
  name: 'promql',
  usage,
  options: {},
  words: true,
  run: (_, paths) => {
    if (paths.length === 0) throw wrongUse('Cannot test: expected files or folders, got nothing')
    return plainly(async () => {
      try {
        const { failed } = await runTestFiles(paths, console.log)
        return failed === 0 ? 0 : 1
      } catch (error) {
        if (!isSystemError(error) || error.code !== 'ENOENT') throw error
        throw new UserError(`Cannot test ${error.path}: no such file or folder`)
      }
    })
  },
})
