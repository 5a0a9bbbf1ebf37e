import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml'
import { parseDuration } from '../../durations.ts'
import type { Labels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { parse } from '../engine/parse.ts'
import type { Expr } from '../language/ast.ts'
import type { Feature } from '../language/features.ts'
import { type NamedTemplate, type Rule, RuleFileError, type RuleGroup, sortedLabels } from './groups.ts'
import { parseTemplate } from './template.ts'

/** The groups of a Prometheus rule file, read as strictly as Prometheus does; throws RuleFileError with every problem. */
export function loadRules(text: string, file: string, features: readonly Feature[] = []): RuleGroup[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const problems: string[] = []
  const lineOf = (node: unknown): number => {
    const start = (node as Node | undefined)?.range?.[0]
    return start === undefined ? 1 : lines.linePos(start).line
  }
  const reader: Reader = {
    features,
    lineOf,
    resolve: node => (isAlias(node) ? node.resolve(document) : node),
    report: (place, message) => {
      problems.push(`${file}:${typeof place === 'number' ? place : lineOf(place)}: ${message}`)
    },
  }
  // What follows the first error is mostly its consequence.
  const [error] = document.errors
  if (error !== undefined) {
    const isTooDeep = error.message.startsWith('Maximum call stack')
    const message = (error.message.split('\n')[0] ?? '').replace(/ at line .*/, '')
    reader.report(lines.linePos(error.pos[0]).line, isTooDeep ? 'expected fewer levels of nesting' : message)
  }
  const groups = problems.length > 0 ? [] : readFile(reader, document.contents, file)
  if (problems.length > 0) throw new RuleFileError(file, problems)
  return groups
}

interface Reader {
  features: readonly Feature[]
  lineOf: (node: unknown) => number
  resolve: (node: unknown) => unknown
  report: (place: unknown, message: string) => void
}

type Fields = ReadonlyMap<string, { key: unknown; value: unknown }>

function readFile(reader: Reader, contents: unknown, file: string): RuleGroup[] {
  if (isEmpty(contents)) return []
  const fields = readMap(reader, contents, 'the file', ['groups'])
  const seen = new Set<string>()
  return readList(reader, fields, 'groups').flatMap(node => {
    const group = readGroup(reader, node, file)
    if (group === undefined) return []
    if (seen.has(group.name)) reader.report(node, `expected each group once, got "${group.name}" again`)
    seen.add(group.name)
    return [group]
  })
}

const groupFields = ['name', 'interval', 'query_offset', 'limit', 'labels', 'rules']

function readGroup(reader: Reader, node: unknown, file: string): RuleGroup | undefined {
  if (!isMap(node)) {
    reader.report(node, 'expected a group with a name and rules')
    return undefined
  }
  const fields = readMap(reader, node, 'a group', groupFields)
  const name = readText(reader, fields, 'name')
  if (name === '') reader.report(node, 'expected a name of the group')
  const labels = readTexts(reader, fields, 'labels', 'label')
  const limit = readText(reader, fields, 'limit') || '0'
  if (!/^-?\d+$/.test(limit))
    reader.report(fields.get('limit')?.value, `expected a whole number as limit, got "${limit}"`)
  const rules = readList(reader, fields, 'rules').flatMap((rule, index) => {
    const place = `group "${name}", rule ${index + 1}`
    return readRule(reader, rule, labels, place) ?? []
  })
  return {
    name,
    file,
    interval: readDuration(reader, fields, 'interval', '') || undefined,
    limit: Number(limit),
    queryOffset: readDuration(reader, fields, 'query_offset', ''),
    rules,
  }
}

const ruleFields = ['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations']

function readRule(reader: Reader, node: unknown, groupLabels: Labels, place: string): Rule | undefined {
  if (!isMap(node)) {
    reader.report(node, `${place}: expected a rule with record or alert`)
    return undefined
  }
  const fields = readMap(reader, node, 'a rule', ruleFields)
  const record = readText(reader, fields, 'record')
  const alert = readText(reader, fields, 'alert')
  const name = alert || record
  const report = (field: string, message: string) =>
    reader.report(fields.get(field)?.value ?? node, `${place}, "${name}": ${message}`)
  if ((record === '') === (alert === '')) report('record', 'expected either record or alert')
  if (/[{}]/.test(record)) report('record', 'expected a name of a metric, got one with braces')
  const query = readText(reader, fields, 'expr')
  const expr = readExpr(reader, fields, query, report)
  const labels = readTexts(reader, fields, 'labels', 'label')
  if (labels.has('__name__')) report('labels', 'expected no label __name__')
  const annotations = readTexts(reader, fields, 'annotations', 'annotation')
  const hold = readDuration(reader, fields, 'for', `${place}, "${name}": `)
  const keepFiringFor = readDuration(reader, fields, 'keep_firing_for', `${place}, "${name}": `)
  const allLabels = sortedLabels([...groupLabels, ...labels])
  const templates = (texts: Labels, field: string) => readTemplates(texts, what => report(field, what))
  const labelTemplates = alert === '' ? [] : templates(allLabels, 'labels')
  const annotationTemplates = alert === '' ? [] : templates(annotations, 'annotations')
  if (record !== '') {
    for (const field of ['annotations', 'for', 'keep_firing_for'])
      if (fields.has(field) && (field === 'annotations' ? annotations.size > 0 : hold + keepFiringFor > 0))
        report(field, `expected no ${field} on a recording rule`)
  }
  if (expr === undefined) return undefined
  const base = { name, expr, query, labels: allLabels, line: reader.lineOf(node) }
  if (alert === '') return { kind: 'recording', ...base }
  return {
    kind: 'alerting',
    ...base,
    for: hold,
    keepFiringFor,
    labelTemplates,
    annotationTemplates,
  }
}

function readExpr(
  reader: Reader,
  fields: Fields,
  query: string,
  report: (field: string, message: string) => void,
): Expr | undefined {
  const node = fields.get('expr')?.value
  if (query === '') {
    report('expr', 'expected an expr')
    return undefined
  }
  try {
    return parse(query, reader.features)
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    const isBlock = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
    const lineInQuery = Number(/at line (\d+)/.exec(error.message)?.[1] ?? 1)
    const line = reader.lineOf(node) + (isBlock ? 1 : 0) + (isBlock ? lineInQuery - 1 : 0)
    reader.report(line, error.message)
    return undefined
  }
}

function readTemplates(texts: Labels, report: (message: string) => void): NamedTemplate[] {
  return [...texts].flatMap(([name, text]) => {
    try {
      return [{ name, template: parseTemplate(text) }]
    } catch (error) {
      report(
        `Cannot parse the template of "${name}": ${error instanceof Error ? error.message : String(error)}`,
      )
      return []
    }
  })
}

function isEmpty(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null)
}

function readMap(reader: Reader, node: unknown, what: string, known: readonly string[]): Fields {
  const fields = new Map<string, { key: unknown; value: unknown }>()
  if (!isMap(node)) {
    reader.report(node, `expected ${known.join(', ')} in ${what}`)
    return fields
  }
  for (const { key, value } of (node as YAMLMap).items) {
    const name = textOf(key) ?? ''
    if (!known.includes(name))
      reader.report(key, `expected one of ${known.join(', ')} in ${what}, got "${name}"`)
    fields.set(name, { key, value: reader.resolve(value) })
  }
  return fields
}

function readList(reader: Reader, fields: Fields, name: string): unknown[] {
  const field = fields.get(name)
  if (field === undefined || isEmpty(field.value)) return []
  if (isSeq(field.value)) return field.value.items.map(reader.resolve)
  reader.report(field.value ?? field.key, `expected a list of ${name}`)
  return []
}

/** A scalar as it is written: `5` and `true` are texts too. */
function textOf(node: unknown): string | undefined {
  if (isEmpty(node)) return ''
  if (!isScalar(node)) return undefined
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
}

function readText(reader: Reader, fields: Fields, name: string): string {
  const field = fields.get(name)
  const text = field === undefined ? '' : textOf(field.value)
  if (text === undefined) reader.report(field!.value, `expected a text as ${name}`)
  return text ?? ''
}

/** The texts by name, in the order of the names; empty ones are kept. */
function readTexts(reader: Reader, fields: Fields, name: string, what: string): Labels {
  const field = fields.get(name)
  if (field === undefined || isEmpty(field.value)) return new Map()
  if (!isMap(field.value)) {
    reader.report(field.value, `expected ${name} by name`)
    return new Map()
  }
  const texts: [string, string][] = []
  for (const { key, value } of field.value.items) {
    const text = textOf(reader.resolve(value))
    const label = textOf(key) ?? ''
    if (label === '') reader.report(key, `expected a name of the ${what}`)
    if (text === undefined) reader.report(value, `expected a text as ${what} "${label}"`)
    texts.push([label, text ?? ''])
  }
  return sortedLabels(texts)
}

function readDuration(reader: Reader, fields: Fields, name: string, place: string): number {
  const text = readText(reader, fields, name)
  const duration = text === '' ? 0 : parseDuration(text)
  if (duration === undefined)
    reader.report(fields.get(name)?.value, `${place}expected a duration such as 5m as ${name}, got "${text}"`)
  return duration ?? 0
}
