/** Prints a line per test file as it ends, what fails as it fails, and now and then what is still running. */

import { relative } from 'node:path'
import type { Reporter, TestModule, Vitest } from 'vitest/node'
import { addModule, newOutcome } from './outcome.ts'
import { duration } from './summary.ts'

const quietMs = 15_000

type Failure = ReturnType<TestModule['errors']>[number]

/** A reporter for Vitest, and where it keeps what it was told. */
export function progress(print: (line: string) => void, showsLogs: boolean) {
  const outcome = newOutcome()
  const running = new Map<string, number>()
  const logs = new Map<string, string[]>()
  let vitest: Vitest | undefined
  let total = 0
  let lastPrint = performance.now()
  let heartbeat: NodeJS.Timeout | undefined

  const say = (line: string) => {
    lastPrint = performance.now()
    print(line)
  }
  const stillRunning = () => {
    if (performance.now() - lastPrint < quietMs || running.size === 0) return
    const files = [...running].map(
      ([file, since]) => `${file} (${duration((performance.now() - since) / 1000)})`,
    )
    say(`         … ${files.join(', ')}`)
  }

  const reporter: Reporter = {
    onInit: started => {
      vitest = started
    },
    onTestRunStart: specifications => {
      total = specifications.length
      heartbeat = setInterval(stillRunning, 1000)
    },
    onTestModuleStart: module => {
      running.set(module.relativeModuleId, performance.now())
    },
    onUserConsoleLog: ({ taskId, content }) => {
      const path = taskId === undefined ? undefined : vitest?.state.idMap.get(taskId)?.file.filepath
      const file = path === undefined ? '' : relative(vitest!.config.root, path)
      logs.set(file, [...(logs.get(file) ?? []), content.trimEnd()])
    },
    onTestModuleEnd: module => {
      const file = module.relativeModuleId
      running.delete(file)
      const before = { ...outcome, skipped: outcome.skipped.length }
      addModule(outcome, module)
      const numbers = [
        [outcome.passed - before.passed, 'passed'],
        [outcome.failed - before.failed, 'FAILED'],
        [outcome.skipped.length - before.skipped, 'skipped'],
      ] as const
      const said = numbers.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : [])).join(', ')
      const place = `${outcome.files.length}/${total}`.padStart(8)
      say(`${place}  ${file}  ${said}  ${duration(outcome.files.at(-1)!.seconds)}`)
      const hasFailed = outcome.failed > before.failed
      if (hasFailed) for (const line of failuresOf(module)) say(line)
      if (hasFailed || showsLogs)
        for (const text of logs.get(file) ?? []) say(text.replaceAll(/^/gm, '            | '))
    },
    onTestRunEnd: (_modules, unhandled) => {
      clearInterval(heartbeat)
      outcome.failed += unhandled.length
      for (const error of unhandled) for (const line of explained('outside of any test', error)) say(line)
    },
  }
  return { reporter, outcome }
}

/** The failures of a run once more, for its end. */
export function failures(modules: readonly TestModule[]): string[] {
  return modules.flatMap(module => {
    const lines = failuresOf(module)
    return lines.length === 0 ? [] : ['', module.relativeModuleId, ...lines]
  })
}

function failuresOf(module: TestModule): string[] {
  const suites = [...module.children.allSuites()]
  const tests = [...module.children.allTests('failed')]
  return [
    ...module.errors().flatMap(error => explained('the file', error)),
    ...suites.flatMap(suite => suite.errors().flatMap(error => explained(suite.fullName, error))),
    ...tests.flatMap(test => (test.result().errors ?? []).flatMap(error => explained(test.fullName, error))),
  ]
}

function explained(name: string, { message, diff, stacks = [] }: Failure): string[] {
  const places = stacks.map(
    ({ file, line, column }) => `at ${relative(process.cwd(), file)}:${line}:${column}`,
  )
  const details = [message, ...(typeof diff === 'string' ? [diff] : []), ...places.slice(0, 3)]
  return [`          FAILED ${name}`, ...details.map(text => text.replaceAll(/^/gm, '            '))]
}
