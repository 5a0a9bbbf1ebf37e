/** Stages as functions over lines. */

import { parseError, QueryError } from '../../query-error.ts'
import type { Semantics, Stage } from '../language/ast.ts'
import { sanitize } from '../text/label-names.ts'
import { capture, parseCaptures } from '../text/line-pattern.ts'
import { decolorize, dropStage, keepStage, labelFormat, lineFormat, parseLineTemplate } from './formats.ts'
import { jsonStage, unpackStage } from './json.ts'
import { jsonExpressions } from './json-expressions.ts'
import { hintOf, labelFilter, labelsRead } from './label-filter.ts'
import { logfmtExpressions, logfmtStage } from './logfmt.ts'
import type { FilterHint, Run } from './state.ts'
import { lineTest, searchRegexOf } from './text-filter.ts'
import { type Wanted, wantedTexts } from './wanted.ts'

interface Compiled {
  runs: readonly Run[]
  /** Labels that filters and formatters read. */
  reads: readonly string[]
  filters: readonly FilterHint[]
}

/** Throws a QueryError at the stage that is wrong. */
export function compileStages(query: string, stages: readonly Stage[], semantics: Semantics): Compiled {
  const runs: Run[] = []
  const reads: string[] = []
  const filters: FilterHint[] = []
  const ordered = reorder(stages)
  for (const [index, stage] of ordered.entries()) {
    if (stage.kind === 'json' && stage.expressions.length === 0)
      runs.push(...wantedTexts(ordered.slice(index + 1)).map(mayHave))
    const { run, reads: more = [], filter } = compileStage(query, stage, semantics)
    if (run !== undefined) runs.push(run)
    reads.push(...more)
    if (filter !== undefined) filters.push(filter)
  }
  return { runs, reads, filters }
}

/**
 * Line filters go ahead of what does not change the line, up to the filter by label before: cheap ones first. That
 * decolorize changes it is forgotten by Loki, and so here.
 */
function reorder(stages: readonly Stage[]): Stage[] {
  const ordered: Stage[] = []
  let lineFilters: Stage[] = []
  let others: Stage[] = []
  const flush = () => {
    ordered.push(...lineFilters, ...others)
    lineFilters = []
    others = []
  }
  for (const stage of stages) {
    if (stage.kind === 'line filter') lineFilters.push(stage)
    else if (stage.kind === 'label filter') {
      flush()
      ordered.push(stage)
    } else {
      others.push(stage)
      if (stage.kind === 'line_format' || stage.kind === 'unpack') flush()
    }
  }
  flush()
  return ordered
}

/** Leaves out lines without the text, before they are read: only an escape could hide it. */
function mayHave({ name, value }: Wanted): Run {
  return (line, state) =>
    line.includes(value) || line.includes('\\') || state.get(name) === value ? line : undefined
}

interface CompiledStage {
  run: Run | undefined
  reads?: readonly string[]
  filter?: FilterHint | undefined
}

function compileStage(query: string, stage: Stage, semantics: Semantics): CompiledStage {
  try {
    return compile(stage, semantics)
  } catch (error) {
    if (error instanceof QueryError && error.reason !== 'parse') throw error
    throw parseError(query, stage.span, error instanceof Error ? error.message : String(error))
  }
}

function compile(stage: Stage, semantics: Semantics): CompiledStage {
  switch (stage.kind) {
    case 'line filter': {
      const test = lineTest(stage, semantics)
      return { run: test && (line => (test(line) ? line : undefined)) }
    }
    case 'label filter': {
      const passes = labelFilter(stage.filter, semantics)
      return {
        run: passes && ((line, state) => (passes(state) ? line : undefined)),
        reads: labelsRead(stage.filter),
        filter: hintOf(stage.filter, semantics),
      }
    }
    case 'json':
      return { run: stage.expressions.length > 0 ? jsonExpressions(stage.expressions) : jsonStage() }
    case 'logfmt': {
      const { expressions, strict, keepEmpty } = stage
      return {
        run: expressions.length > 0 ? logfmtExpressions(expressions, strict) : logfmtStage(strict, keepEmpty),
      }
    }
    case 'unpack':
      return { run: unpackStage() }
    case 'regexp':
      return { run: regexpStage(stage.pattern) }
    case 'pattern':
      return { run: patternStage(stage.pattern) }
    case 'line_format': {
      const template = parseLineTemplate(stage.template)
      return { run: lineFormat(template), reads: template.reads }
    }
    case 'label_format':
      return labelFormat(stage.formats)
    case 'drop':
      return { run: dropStage(stage.labels) }
    case 'keep':
      return { run: keepStage(stage.labels) }
    case 'decolorize':
      return { run: decolorize }
  }
}

function regexpStage(pattern: string): Run {
  const names = namesIn(pattern)
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new Error(`duplicate extracted label name '${twice}'`)
  const regex = searchRegexOf(pattern)
  if (names.length === 0)
    throw new Error('at least one named capture must be supplied, such as (?P<status>\\d+)')
  return (line, state) => {
    const match = regex.exec(line)
    if (match === undefined) return line
    const { hints } = state
    for (const [name, index] of match.names) {
      const label = sanitize(name)
      if (label === '') continue
      const free = state.isTaken(label) ? `${label}_extracted` : label
      if (!hints.shouldExtract(free) || hints.isExtracted(free)) continue
      state.setParsed(free, match.texts[index] ?? '')
      if (!hints.mayPass(free, state)) return undefined
    }
    return line
  }
}

const namesIn = (pattern: string) =>
  [...pattern.matchAll(/\(\?P?<([A-Za-z0-9_]+)>/g)].map(([, name]) => name!)

function patternStage(pattern: string): Run {
  const parts = parseCaptures(pattern)
  return (line, state) => {
    const { hints } = state
    if (hints.noLabels()) return line
    const isWanted = capture(parts, line, (name, value) => {
      const free = state.isTaken(name) ? `${name}_extracted` : name
      if (hints.isExtracted(free) || !hints.shouldExtract(free)) return true
      state.setParsed(free, value)
      return hints.mayPass(free, state)
    })
    return isWanted ? line : undefined
  }
}
