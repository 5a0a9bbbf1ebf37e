/** Reads promtool's unit test files, as strictly as promtool does. */

import { isMap, LineCounter, type Node, parseDocument } from 'yaml'
import { parseDuration } from '../../durations.ts'
import type { Labels } from '../../labels.ts'
import { numberOf, parseMetric, parseSeriesLine, type SeriesLine } from './series-notation.ts'

export interface UnitTestFile {
  ruleFiles: readonly string[]
  /** Milliseconds. */
  evaluationInterval: number
  groupOrder: readonly string[]
  /** A value may then be the next number up or down. */
  fuzzyCompare: boolean
  tests: readonly UnitTest[]
}

export interface UnitTest {
  line: number
  name: string
  interval: number
  series: readonly SeriesLine[]
  alertTests: readonly AlertTest[]
  queryTests: readonly QueryTest[]
  externalLabels: Record<string, string>
  externalUrl: string
}

export interface AlertTest {
  time: number
  name: string
  expected: readonly { labels: Labels; annotations: Labels }[]
}

export interface QueryTest {
  time: number
  query: string
  expected: readonly { labels: Labels; value: number }[]
}

class UnitTestFileError extends Error {
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.name = 'UnitTestFileError'
    this.line = line
  }
}

export function parseUnitTests(text: string): UnitTestFile {
  const lines = new LineCounter()
  // Every scalar stays the text it is written as; what it means depends on its place.
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: lines })
  const lineOf = (node: unknown) => lines.linePos((node as Node | undefined)?.range?.[0] ?? 0).line
  const [fault] = document.errors
  if (fault !== undefined) {
    const isTooDeep = fault.message.startsWith('Maximum call stack')
    const message = isTooDeep ? 'expected fewer levels of nesting' : fault.message.split('\n')[0]!
    throw new UnitTestFileError(lines.linePos(fault.pos[0]).line, message)
  }
  if (!isMap(document.contents)) throw new UnitTestFileError(1, 'Cannot read unit tests: expected a map')
  const file = fieldsOf(document.toJS(), fileFields, 'the file')
  const interval = durationOf(file.evaluation_interval) || 60_000
  const order = listOf(file.group_eval_order).map(String)
  const repeated = order.find((name, index) => order.indexOf(name) !== index)
  if (repeated !== undefined)
    throw new UnitTestFileError(1, `group name repeated in evaluation order: ${repeated}`)
  return {
    ruleFiles: listOf(file.rule_files).map(String),
    evaluationInterval: interval,
    groupOrder: order,
    fuzzyCompare: file.fuzzy_compare === 'true',
    tests: listOf(file.tests).map((test, index) => {
      const line = lineOf(document.getIn(['tests', index], true))
      try {
        return parseTest(test, interval, { line, index })
      } catch (error) {
        throw new UnitTestFileError(line, (error as Error).message)
      }
    }),
  }
}

const fileFields = ['rule_files', 'evaluation_interval', 'group_eval_order', 'tests', 'fuzzy_compare']
const testFields = [
  'interval',
  'input_series',
  'alert_rule_test',
  'promql_expr_test',
  'external_labels',
  'external_url',
  'name',
]

function parseTest(
  value: unknown,
  interval: number,
  { line, index }: { line: number; index: number },
): UnitTest {
  const test = fieldsOf(value, testFields, 'a test')
  return {
    line,
    name: textOf(test.name) || `unnamed#${index}`,
    interval: durationOf(test.interval) || interval,
    series: listOf(test.input_series).map(parseSeries),
    alertTests: listOf(test.alert_rule_test).map(parseAlertTest),
    queryTests: listOf(test.promql_expr_test).map(parseQueryTest),
    externalLabels: textMapOf(test.external_labels),
    externalUrl: textOf(test.external_url),
  }
}

function parseSeries(value: unknown): SeriesLine {
  const { series, values } = fieldsOf(value, ['series', 'values'], 'a series')
  const line = parseSeriesLine(`${textOf(series)} ${textOf(values)}`)
  if (line.values.includes('native histogram'))
    throw new Error(`Cannot load ${textOf(series)}: native histograms are not supported`)
  return line
}

function parseAlertTest(value: unknown): AlertTest {
  const test = fieldsOf(value, ['eval_time', 'alertname', 'exp_alerts'], 'an alert_rule_test')
  const name = textOf(test.alertname)
  if (name === '')
    throw new Error(
      `an item under alert_rule_test misses required attribute alertname at eval_time ${textOf(test.eval_time) || '0s'}`,
    )
  const expected = listOf(test.exp_alerts).map(alert => {
    const { exp_labels, exp_annotations } = fieldsOf(alert, ['exp_labels', 'exp_annotations'], 'an alert')
    return {
      // The rule's name comes on top of the labels that the file tells.
      labels: inOrder({ ...textMapOf(exp_labels), alertname: name }),
      annotations: inOrder(textMapOf(exp_annotations)),
    }
  })
  return { time: durationOf(test.eval_time), name, expected }
}

function parseQueryTest(value: unknown): QueryTest {
  const test = fieldsOf(value, ['expr', 'eval_time', 'exp_samples'], 'a promql_expr_test')
  const expected = listOf(test.exp_samples).map(sample => {
    const { labels, value } = fieldsOf(sample, ['labels', 'value'], 'a sample')
    const number = numberOf(textOf(value).replace(/^([+-]?)\.(inf|nan)$/i, '$1$2') || '0')
    if (Number.isNaN(number) && !/^\.?nan$/i.test(textOf(value)))
      throw new Error(`Cannot read value "${textOf(value)}": expected a number`)
    return { labels: parseMetric(textOf(labels) || '{}'), value: number }
  })
  return { time: durationOf(test.eval_time), query: textOf(test.expr), expected }
}

/** Not even an empty value is left out: promtool then expects the label. */
function inOrder(labels: Record<string, string>): Labels {
  return new Map(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function fieldsOf(value: unknown, known: readonly string[], what: string): Record<string, unknown> {
  if (value === null || value === '') return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Error(`Cannot read ${what}: expected a map`)
  const unknown = Object.keys(value).find(key => !known.includes(key))
  if (unknown !== undefined)
    throw new Error(`Cannot read field "${unknown}" of ${what}: expected one of ${known.join(', ')}`)
  return value as Record<string, unknown>
}

function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null || value === '') return []
  if (!Array.isArray(value)) throw new Error(`Cannot read "${String(value)}": expected a list`)
  return value
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new Error('Cannot read a list or a map: expected text')
  return value
}

function textMapOf(value: unknown): Record<string, string> {
  if (value === undefined || value === null || value === '') return {}
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, textOf(text)]))
}

function durationOf(value: unknown): number {
  const text = textOf(value)
  const duration = text === '' ? 0 : parseDuration(text)
  if (duration === undefined)
    throw new Error(`Cannot parse duration "${text}": expected a unit of ms, s, m, h, d, w or y`)
  return duration
}
