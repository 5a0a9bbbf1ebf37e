import type { Sample as TemplateSample } from '../../go/template/format.ts'
import { strings } from '../../go/template/template.ts'
import { keyOf, type Labels, labelsOf, metricName, noLabels } from '../../labels.ts'
import { QueryError } from '../../query-error.ts'
import { instantQuery } from '../engine/query.ts'
import type { QueryOptions } from '../engine/results.ts'
import {
  type ActiveAlert,
  type ActiveAlerts,
  type AlertState,
  advance,
  type ResultAlert,
  samplesOf,
} from './alerts.ts'
import type { AlertingRule, NamedTemplate, RecordingRule, Rule, RuleGroup } from './groups.ts'
import { type Output, outputOf, type RuleStore, type Sample } from './output.ts'
import { expandTemplate } from './template.ts'
import type { TemplateData } from './template-functions.ts'

export interface Settings {
  store: RuleStore
  interval: number
  externalLabels: Readonly<Record<string, string>>
  externalUrl: string
  query: QueryOptions
  onChange: (ruleState: RuleState, alert: ActiveAlert, from: AlertState, time: number) => void
}

/** A rule and what it remembers from one evaluation to the next. */
export interface RuleState {
  group: RuleGroup
  rule: Rule
  /** The series written last time: what is missing now has ended. */
  previous: Map<string, Output>
  active: ActiveAlerts
  isRestored: boolean
  evaluatedAt: number | undefined
  error: string | undefined
  firstError: { time: number; message: string } | undefined
}

/** One element of a rule's result. */
interface Element {
  labels: Labels
  value: number
}

export function newRuleState(group: RuleGroup, rule: Rule, awaitsRestore: boolean): RuleState {
  return {
    group,
    rule,
    previous: new Map(),
    active: new Map(),
    isRestored: !awaitsRestore,
    evaluatedAt: undefined,
    error: undefined,
    firstError: undefined,
  }
}

export function evaluateRule(settings: Settings, ruleState: RuleState, time: number): void {
  const { rule, group } = ruleState
  guard(ruleState, time, () => {
    const elements = ask(settings, rule.expr, time - group.queryOffset)
    if (rule.kind === 'recording') write(ruleState, recorded(settings, ruleState, rule, elements), time)
    else {
      const found = elements.map(element => resultAlert(settings, rule, element, time))
      writeAlerts(settings, ruleState, rule, found, time)
    }
  })
}

/** A rule that fails writes nothing, not even the end of a series. */
export function guard(ruleState: RuleState, time: number, evaluate: () => void): void {
  ruleState.evaluatedAt = time
  ruleState.error = undefined
  try {
    evaluate()
  } catch (error) {
    if (!(error instanceof QueryError)) throw error
    ruleState.error = error.message
  }
  if (ruleState.error !== undefined) ruleState.firstError ??= { time, message: ruleState.error }
}

function ask(settings: Settings, query: Parameters<typeof instantQuery>[1], time: number): Element[] {
  const result = instantQuery(settings.store, query, time, settings.query)
  if (result.type === 'vector') return result.samples.map(({ labels, value }) => ({ labels, value }))
  if (result.type === 'scalar') return [{ labels: noLabels, value: result.value }]
  throw new QueryError('execution', 'rule result is not a vector or scalar')
}

function recorded(
  { store }: Settings,
  { group, previous }: RuleState,
  rule: RecordingRule,
  elements: readonly Element[],
): Sample[] {
  const samples = new Map<string, Sample>()
  for (const element of elements) {
    const labels = recordedLabels(rule, element.labels)
    const key = keyOf(labels)
    samples.set(key, { output: previous.get(key) ?? outputOf(store, labels, key), value: element.value })
  }
  if (samples.size < elements.length)
    throw new QueryError(
      'execution',
      'vector contains metrics with the same labelset after applying rule labels',
    )
  if (group.limit > 0 && samples.size > group.limit)
    throw new QueryError('limit', `exceeded limit of ${group.limit} with ${samples.size} series`)
  return [...samples.values()]
}

export function recordedLabels(rule: RecordingRule, labels: Labels): Labels {
  return labelsOf(new Map([...labels, [metricName, rule.name], ...rule.labels]))
}

/** Advances a rule's alerts by its result at a time and writes their series. */
export function writeAlerts(
  settings: Settings,
  ruleState: RuleState,
  rule: AlertingRule,
  results: readonly ResultAlert[],
  time: number,
): void {
  const { group, active } = ruleState
  const found = new Map<string, ResultAlert>()
  for (const alert of results) {
    const key = keyOf(alert.labels)
    if (found.has(key))
      throw new QueryError(
        'execution',
        'vector contains metrics with the same labelset after applying alert labels',
      )
    found.set(key, alert)
  }
  const live = advance(rule, active, found, time, (alert, from) =>
    settings.onChange(ruleState, alert, from, time),
  )
  if (group.limit > 0 && live.length > group.limit) {
    active.clear()
    throw new QueryError('limit', `exceeded limit of ${group.limit} with ${live.length} alerts`)
  }
  const { store } = settings
  write(ruleState, ruleState.isRestored ? live.flatMap(alert => samplesOf(store, rule, alert)) : [], time)
}

/** The alert that an element of a rule's result is; its labels are worked out unless they are known. */
export function resultAlert(
  settings: Settings,
  rule: AlertingRule,
  { labels, value }: Element,
  time: number,
  known?: Labels,
): ResultAlert {
  const data: TemplateData = {
    labels,
    value,
    externalLabels: settings.externalLabels,
    externalUrl: settings.externalUrl,
    query: query => answerOf(ask(settings, query, time)),
  }
  const annotations = onceRead(() => expandAll(rule.annotationTemplates, data))
  if (rule.annotationTemplates.some(({ template }) => template.usesQuery)) annotations()
  return { labels: known ?? alertLabels(rule, data), value, annotations }
}

function alertLabels(rule: AlertingRule, data: TemplateData): Labels {
  const expanded = new Map(data.labels)
  expanded.delete(metricName)
  for (const { name, template } of rule.labelTemplates) expanded.set(name, expandTemplate(template, data))
  expanded.set('alertname', rule.name)
  return labelsOf(expanded)
}

function expandAll(templates: readonly NamedTemplate[], data: TemplateData): Labels {
  return new Map(templates.map(({ name, template }) => [name, expandTemplate(template, data)]))
}

function onceRead<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function answerOf(elements: readonly Element[]): TemplateSample[] {
  return elements.map(({ labels, value }) => ({ Labels: strings(labels), Value: value }))
}

/** Appends a rule's samples and ends the series that it wrote last time and not now. */
export function write(ruleState: RuleState, samples: readonly Sample[], time: number): void {
  const written = time - ruleState.group.queryOffset
  const returned = new Map<string, Output>()
  let refused = 0
  for (const { output, value } of samples) {
    const outcome = output.writer.append(written, value)
    if (outcome === 'stored' || outcome === 'repeated') returned.set(output.key, output)
    else refused++
  }
  for (const [key, { writer }] of ruleState.previous) if (!returned.has(key)) writer.markStale(written)
  ruleState.previous = returned
  if (refused > 0) ruleState.error = refusal(refused)
}

export function refusal(count: number): string {
  return `${count} samples were refused: out of order, or a second value at the same time`
}
