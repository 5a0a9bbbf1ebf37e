/** Runs test files of both of Prometheus' formats, told apart by their names. */

import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runPromqltest, type TestReport } from './promqltest.ts'
import { runUnitTests } from './unit-tests.ts'

interface Totals {
  passed: number
  failed: number
}

/** Takes files and folders; prints a line per file, every failure, and the sums. */
export async function runTestFiles(paths: readonly string[], print: (line: string) => void): Promise<Totals> {
  const totals = { passed: 0, failed: 0 }
  const unsupported = new Map<string, number>()
  for (const file of paths.flatMap(testFilesAt)) {
    const report = runFile(file)
    const leftOut = [...report.unsupported.values()].reduce((sum, count) => sum + count, 0)
    print(`${file}: ${report.passed} passed, ${report.failures.length} failed, ${leftOut} unsupported`)
    for (const { line, subject, message } of report.failures)
      print(`  ${file}:${line}: ${subject}\n    ${message.replaceAll('\n', '\n    ')}`)
    for (const [reason, count] of report.unsupported)
      unsupported.set(reason, (unsupported.get(reason) ?? 0) + count)
    totals.passed += report.passed
    totals.failed += report.failures.length
  }
  for (const [reason, count] of unsupported) print(`unsupported: ${count} ${reason}`)
  print(`${totals.passed} passed, ${totals.failed} failed`)
  return totals
}

function testFilesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const files = globSync('**/*.{test,yml,yaml}', { cwd: path }).sort()
  if (files.length === 0)
    throw new Error(`Cannot run the tests in "${path}": expected *.test or *.yml files, got none`)
  return files.map(file => join(path, file))
}

function runFile(file: string): TestReport {
  const text = readFileSync(file, 'utf8')
  try {
    return /\.ya?ml$/.test(file) ? runUnitTests(text, file) : runPromqltest(text)
  } catch (error) {
    const { line = 1, message } = error as Error & { line?: number }
    return { passed: 0, failures: [{ line, subject: 'the file', message }], unsupported: new Map() }
  }
}
