import { globSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readCases, replayOnOurselves } from './cases.ts'
import { runExamples } from './examples.ts'

const files = globSync('engines/traceql/cases/*.jsonl').sort()

describe('answers that a real Tempo wrote', () => {
  test.each(files)('%s', path => {
    const failures: string[] = []
    const { failed } = replayOnOurselves(readCases(path), line => failures.push(line))
    expect(failures).toEqual([])
    expect(failed).toBe(0)
  })

  test('there are hundreds of searches that find something', () => {
    const cases = files.flatMap(path => readCases(path).cases)
    const finding = cases.filter(({ answer }) => answer.kind === 'search' && answer.traces.length > 0)
    expect(finding.length).toBeGreaterThan(300)
  })

  test('a wrong answer is found', () => {
    const { traces, cases } = readCases(files[0]!)
    const [{ question, answer }] = cases as [(typeof cases)[number]]
    if (answer.kind !== 'search') throw new Error('Expected the first case to be a search')
    const less = { ...answer, traces: answer.traces.slice(1) }
    const lines: string[] = []
    expect(
      replayOnOurselves({ traces, cases: [{ question, answer: less }] }, line => lines.push(line)).failed,
    ).toBe(1)
    expect(lines.join()).toContain('is only ours')
  })
})

test('a list of queries is judged by class', () => {
  const lines: string[] = []
  const lists = {
    valid: ['{ }', '{ .a = }'],
    parse_fails: ['{'],
    validate_fails: ['{ 1 }'],
    unsupported: ['{ parent.a }'],
  }
  expect(runExamples(lists, line => lines.push(line))).toEqual({ passed: 4, failed: 1 })
  expect(lines.join()).toContain('{ .a = }\n  expected valid, got parse: Cannot parse the query')
})
