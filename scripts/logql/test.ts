import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { systemReason, UserError, wrongUse } from '../../contract/user-error.ts'
import { type Outcome, runTestFile } from '../../engines/logql/replay/logqltest.ts'
import { command } from '../command.ts'
import { plainly } from './input.ts'

const usage = `Usage: npm run logql -- test FILE...

Runs Loki's .logqltest files, or all of a folder, as the Loki they belong to answers: the one after 3.7.
Prints a line for each file, every failure, what is not supported by reason, and closes with "N passed, N failed".`

export const main = command({
  name: 'logql',
  usage,
  options: {},
  words: true,
  run: (_, paths) => {
    if (paths.length === 0) throw wrongUse('Cannot test: expected files or folders, got nothing')
    return plainly(() => {
      const files = paths.flatMap(filesAt)
      if (files.length === 0)
        throw new UserError('Cannot test: expected .logqltest files, got none in the folder')
      const all = files.flatMap(file => {
        const outcomes = runFile(file)
        console.log(`${file}: ${summary(outcomes)}`)
        for (const { line, query, reason } of outcomes.filter(({ status }) => status === 'failed'))
          console.log(`  ${file}:${line}: ${query}\n    ${reason}`)
        return outcomes
      })
      const reasons = Map.groupBy(
        all.filter(({ status }) => status === 'unsupported'),
        ({ reason }) => reason,
      )
      for (const [reason, outcomes] of reasons) console.log(`not supported: ${outcomes.length} × ${reason}`)
      console.log(summary(all))
      return all.some(({ status }) => status === 'failed') ? 1 : 0
    })
  },
})

function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const names = readdirSync(path).filter(name => name.endsWith('.logqltest'))
    return names.sort().map(name => join(path, name))
  } catch (error) {
    throw new UserError({ action: `read ${path}`, got: systemReason(error) })
  }
}

function runFile(file: string): Outcome[] {
  const text = readFileSync(file, 'utf8')
  try {
    return runTestFile(text)
  } catch (error) {
    throw new UserError(`Cannot read ${file}: ${(error as Error).message}`)
  }
}

function summary(outcomes: readonly Outcome[]): string {
  const count = (status: Outcome['status']) => outcomes.filter(outcome => outcome.status === status).length
  const unsupported = count('unsupported')
  return `${count('passed')} passed, ${count('failed')} failed${unsupported > 0 ? `, ${unsupported} not supported` : ''}`
}
