import type { Labels } from '../../labels.ts'
import type { Expr } from '../language/ast.ts'
import type { Template } from './template.ts'

/** A group of rules, evaluated one after the other at the same times; durations are milliseconds. */
export interface RuleGroup {
  name: string
  file: string
  /** Undefined takes the evaluator's default. */
  interval: number | undefined
  /** More series or alerts than this fail a rule; 0 is without limit. */
  limit: number
  /** How far behind the clock the group's queries and samples are. */
  queryOffset: number
  rules: readonly Rule[]
}

export type Rule = RecordingRule | AlertingRule

interface RuleBase {
  name: string
  expr: Expr
  /** As written. */
  query: string
  /** The group's labels and the rule's, which win; an empty one takes the label away. */
  labels: Labels
  /** Where the rule starts in its file. */
  line: number
}

export interface RecordingRule extends RuleBase {
  kind: 'recording'
}

export interface AlertingRule extends RuleBase {
  kind: 'alerting'
  for: number
  keepFiringFor: number
  labelTemplates: readonly NamedTemplate[]
  annotationTemplates: readonly NamedTemplate[]
}

export interface NamedTemplate {
  name: string
  template: Template
}

/** The last of a name counts; an empty value is kept, since it takes a label away. */
export function sortedLabels(texts: readonly (readonly [string, string])[]): Labels {
  return new Map([...texts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** All that is wrong with a rule file, each by `file:line`. */
export class RuleFileError extends Error {
  readonly problems: readonly string[]

  constructor(file: string, problems: readonly string[]) {
    super(`Cannot load the rules in ${file}:\n${problems.map(problem => `  ${problem}`).join('\n')}`)
    this.name = 'RuleFileError'
    this.problems = problems
  }
}
