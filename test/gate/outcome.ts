/** What the gate keeps of a run of tests. */

import type { TestCase, TestModule } from 'vitest/node'

export interface Outcome {
  passed: number
  failed: number
  skipped: Skip[]
  /** Seconds of each test that ran. */
  tests: Timed[]
  /** Seconds of each file, with what its hooks and its imports took. */
  files: Timed[]
  /** Passed only when repeated. */
  flaky: string[]
}

export interface Skip {
  test: string
  file: string
  reason: string
}

export interface Timed {
  name: string
  seconds: number
}

export const noReason = 'no reason given'

export function newOutcome(): Outcome {
  return { passed: 0, failed: 0, skipped: [], tests: [], files: [], flaky: [] }
}

export function addModule(outcome: Outcome, module: TestModule): void {
  const file = module.relativeModuleId
  const { collectDuration, setupDuration, prepareDuration, duration } = module.diagnostic()
  const milliseconds = collectDuration + setupDuration + prepareDuration + duration
  outcome.files.push({ name: file, seconds: milliseconds / 1000 })
  // A file that cannot be loaded, or whose suite has a failing hook, has errors no test shows.
  outcome.failed += module.errors().length
  for (const suite of module.children.allSuites()) outcome.failed += suite.errors().length
  for (const test of module.children.allTests()) addTest(outcome, test, file)
}

/** The text after "skipped: " in the brackets that end a title, or the note given to the test's `skip`. */
export function skipReason(titles: readonly string[], note?: string): string {
  const said = titles.map(title => /\(skipped: (.+)\)$/.exec(title)?.[1]).find(reason => reason !== undefined)
  return note ?? said ?? noReason
}

function addTest(outcome: Outcome, test: TestCase, file: string): void {
  const result = test.result()
  const { duration = 0, flaky = false } = test.diagnostic() ?? {}
  if (result.state === 'skipped')
    outcome.skipped.push({ test: test.fullName, file, reason: skipReason(titlesOf(test), result.note) })
  else {
    if (result.state === 'passed') outcome.passed++
    else outcome.failed++
    if (flaky) outcome.flaky.push(`${file} > ${test.fullName}`)
    outcome.tests.push({ name: `${file} > ${test.fullName}`, seconds: duration / 1000 })
  }
}

/** Innermost first. */
function titlesOf(test: TestCase): string[] {
  const titles = [test.name]
  for (let { parent } = test; parent.type === 'suite'; parent = parent.parent) titles.push(parent.name)
  return titles
}
