import { parse as parseYaml } from 'yaml'
import { UserError, wrongUse } from '../../contract/user-error.ts'
import { type QueryClass, queryClasses, runExamples } from '../../engines/traceql/replay/examples.ts'
import { command } from '../command.ts'
import { readText } from '../files.ts'
import { plainly } from './input.ts'

const usage = `Usage: npm run traceql -- test FILE...

Checks lists of queries in the form of Tempo's test_examples.yaml: under ${Object.keys(queryClasses).join(', ')}.
Prints each query that is of another class, and closes with "N passed, N failed".`

export const main = command({
  name: 'traceql',
  usage,
  options: {},
  words: true,
  run: (_, paths) => {
    if (paths.length === 0) throw wrongUse('Cannot test: expected files, got nothing')
    return plainly(() => {
      let [passed, failed] = [0, 0]
      for (const path of paths) {
        const result = runExamples(examplesOf(path), console.log)
        console.log(`${path}: ${result.passed} passed, ${result.failed} failed`)
        passed += result.passed
        failed += result.failed
      }
      console.log(`${passed} passed, ${failed} failed`)
      return failed === 0 && passed > 0 ? 0 : 1
    })
  },
})

function examplesOf(path: string): { [name in QueryClass]?: string[] } {
  let lists: unknown
  try {
    lists = parseYaml(readText(path, 'a list of queries'))
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`Cannot read ${path}: expected YAML, ${(error as Error).message}`)
  }
  const found: { [name: string]: string[] } = {}
  for (const [name, list] of Object.entries(lists ?? {})) {
    // Tempo's list of queries to print for debugging is empty.
    if (list === null) continue
    if (!(name in queryClasses) || !Array.isArray(list) || list.some(query => typeof query !== 'string'))
      throw new UserError(
        `Cannot read ${path}: expected lists of queries under ${Object.keys(queryClasses).join(', ')}, got ${name}`,
      )
    found[name] = list
  }
  return found
}
