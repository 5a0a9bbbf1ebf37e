import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../random.ts'
import { generateGroups } from '../fuzz/random-groups.ts'
import { RuleFileError } from './groups.ts'
import { loadRules } from './load.ts'

const problemsOf = (text: string): readonly string[] => {
  try {
    loadRules(text, 'rules.yml')
    return []
  } catch (error) {
    if (error instanceof RuleFileError) return error.problems
    throw error
  }
}

test('reads groups, rules and their labels as Prometheus 3 does', () => {
  const [group] = loadRules(
    `
groups:
  - name: shop
    interval: 30s
    query_offset: 1m
    limit: 10
    labels: {team: shop, tier: 1}
    rules:
      - record: job:errors:rate5m
        expr: sum by (job) (rate(errors_total[5m]))
        labels: {tier: ''}
      - alert: Errors
        expr: |
          job:errors:rate5m > 1
        for: 5m
        keep_firing_for: 1d12h
        labels: {severity: page, team: other}
        annotations: {summary: '{{ $labels.job }}'}
`,
    'rules.yml',
  )
  expect(group).toMatchObject({ name: 'shop', interval: 30_000, queryOffset: 60_000, limit: 10 })
  const [recording, alerting] = group!.rules
  expect(recording).toMatchObject({ kind: 'recording', name: 'job:errors:rate5m', line: 9 })
  expect([...recording!.labels]).toEqual([
    ['team', 'shop'],
    ['tier', ''],
  ])
  expect(alerting).toMatchObject({
    kind: 'alerting',
    name: 'Errors',
    for: 300_000,
    keepFiringFor: 129_600_000,
  })
  expect([...alerting!.labels]).toEqual([
    ['severity', 'page'],
    ['team', 'other'],
    ['tier', '1'],
  ])
})

test('an empty file has no groups', () => {
  expect(loadRules('', 'rules.yml')).toEqual([])
  expect(loadRules('groups:\n', 'rules.yml')).toEqual([])
})

describe('All problems are told, each with its line', () => {
  test('of fields', () => {
    expect(
      problemsOf(`groups:
  - name: a
    intervall: 5m
    limit: many
    rules:
      - record: x
        alert: y
        expr: up
      - expr: up
      - record: x
        expr: up
        for: 5m
        annotations: {a: b}
      - record: '{x}'
        expr: 1
        labels: {__name__: y}
      - alert: Z
      - alert: Z
        expr: up
        for: 5x
  - name: a
    rules: []
  - rules: 5
`),
    ).toEqual([
      'rules.yml:3: expected one of name, interval, query_offset, limit, labels, rules in a group, got "intervall"',
      'rules.yml:4: expected a whole number as limit, got "many"',
      'rules.yml:6: group "a", rule 1, "y": expected either record or alert',
      'rules.yml:9: group "a", rule 2, "": expected either record or alert',
      'rules.yml:13: group "a", rule 3, "x": expected no annotations on a recording rule',
      'rules.yml:12: group "a", rule 3, "x": expected no for on a recording rule',
      'rules.yml:14: group "a", rule 4, "{x}": expected a name of a metric, got one with braces',
      'rules.yml:16: group "a", rule 4, "{x}": expected no label __name__',
      'rules.yml:17: group "a", rule 5, "Z": expected an expr',
      'rules.yml:20: group "a", rule 6, "Z": expected a duration such as 5m as for, got "5x"',
      'rules.yml:21: expected each group once, got "a" again',
      'rules.yml:23: expected a name of the group',
      'rules.yml:23: expected a list of rules',
    ])
  })

  test('of queries, at the line inside of a block, and of templates', () => {
    const problems = problemsOf(`groups:
  - name: a
    rules:
      - alert: A
        expr: |
          sum(
            foo))
        labels: {x: '{{ nope }}'}
        annotations:
          b: '{{ define "c" }}'
`)
    expect(problems.map(problem => problem.split('\n')[0])).toEqual([
      'rules.yml:7: Cannot parse the query at line 2, column 7: expected an operator or the end of the query, got ")"',
      'rules.yml:8: group "a", rule 1, "A": Cannot parse the template of "x": function "nope" is not one that rules can use',
      'rules.yml:10: group "a", rule 1, "A": Cannot parse the template of "b": {{define}} is not supported in rules',
    ])
  })

  test('of YAML', () => {
    expect(problemsOf('groups:\n  - name: a\n    name: b\n')).toEqual([
      'rules.yml:3: Map keys must be unique',
    ])
    expect(problemsOf('groups: {')[0]).toMatch(/^rules.yml:1: /)
    expect(problemsOf('- a')).toEqual(['rules.yml:1: expected groups in the file'])
    expect(problemsOf('groups:\n  - 5')).toEqual(['rules.yml:2: expected a group with a name and rules'])
  })
})

test('a broken file is refused, whatever is broken', () => {
  const random = seededRandom(5)
  const marks = [
    '{',
    '}',
    '[',
    ']',
    ':',
    '- ',
    '\n',
    '  ',
    '&a ',
    '*a',
    '!!int ',
    '|',
    '"',
    "'",
    '{{',
    '}}',
    '0',
    '#',
    '<<: ',
  ]
  let refused = 0
  for (let round = 0; round < 300; round++) {
    let text = generateGroups(random, 3, { isVersion3: true, hasIntervals: true }).yaml
    for (let change = Math.ceil(random() * 4); change > 0; change--) {
      const at = Math.floor(random() * text.length)
      const mark = marks[Math.floor(random() * marks.length)]!
      text = text.slice(0, at) + mark + text.slice(at + Math.floor(random() * 3))
    }
    const problems = problemsOf(text)
    if (problems.length > 0) refused++
    for (const problem of problems) expect(problem).toMatch(/^rules\.yml:\d+: ./)
  }
  expect(refused).toBeGreaterThan(100)
})

test('reads all rules of this repository', () => {
  const files = globSync('generated/rules/**/*.yaml')
  expect(files.length).toBeGreaterThan(10)
  for (const file of files)
    expect(loadRules(readFileSync(file, 'utf8'), file).length, file).toBeGreaterThan(0)
})

test('a file of brackets is refused in one line', () => {
  expect(problemsOf('['.repeat(100_000))).toEqual(['rules.yml:1: expected fewer levels of nesting'])
})
