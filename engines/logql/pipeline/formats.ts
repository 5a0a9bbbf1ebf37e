/** `| line_format`, `| label_format`, and what else changes labels or lines without reading them. */

import { type Operand, type Pipe, parseSteps, type Step } from '../../go/template/parse.ts'
import { runSteps, strings } from '../../go/template/template.ts'
import { predicateOf } from '../../matchers.ts'
import type { LabelFormat, NamedMatcher } from '../language/ast.ts'
import { detailsLabel, errorLabel, keptErrorLabel, type LineState, type Run } from './state.ts'
import { lineFunctions } from './template-functions.ts'

const templateError = 'TemplateFormatErr'

interface LineTemplate {
  steps: readonly Step[]
  /** Labels it reads. */
  reads: readonly string[]
}

export function parseLineTemplate(text: string): LineTemplate {
  const steps = parseSteps(text, name => lineFunctions.has(name), [], 'LogQL')
  return { steps, reads: fieldsOf(steps) }
}

export function lineFormat({ steps }: LineTemplate): Run {
  const simple = simpleLabel(steps)
  if (simple !== undefined) return (_, state) => state.get(simple) ?? ''
  return (line, state) => {
    const out = expand(steps, line, state, state.entries())
    return out ?? line
  }
}

/** `{{.message}}` and nothing else is the label itself. */
function simpleLabel(steps: readonly Step[]): string | undefined {
  const [step] = steps
  if (steps.length !== 1 || step?.kind !== 'print' || step.pipe.variables.length > 0) return undefined
  const [operand] = step.pipe.commands[0]!
  const isOne = step.pipe.commands.length === 1 && step.pipe.commands[0]!.length === 1
  return isOne && operand?.kind === 'field' && operand.of.kind === 'dot' ? operand.name : undefined
}

/** Undefined where the template fails, which is then an error of the line. */
function expand(
  steps: readonly Step[],
  line: string,
  state: LineState,
  labels: readonly (readonly [string, string])[],
): string | undefined {
  const timestamp = { nanoseconds: BigInt(state.time) * 1_000_000n + BigInt(state.nanos) }
  try {
    return runSteps(steps, {
      functions: lineFunctions,
      data: { line, timestamp },
      dot: strings(labels),
      variables: [],
    })
  } catch (error) {
    state.error = templateError
    state.details = error instanceof Error ? error.message : String(error)
    return undefined
  }
}

/** Templates of one stage all see the labels as they were at the first of them. */
export function labelFormat(formats: readonly LabelFormat[]): { run: Run; reads: string[] } {
  const seen = new Set<string>()
  for (const { label } of formats) {
    if (label === errorLabel) throw new Error(`${label} cannot be formatted`)
    if (seen.has(label))
      throw new Error(`multiple label name '${label}' not allowed in a single format operation`)
    seen.add(label)
  }
  const parsed = formats.map(({ label, from }) =>
    'label' in from ? { label, from: from.label } : { label, template: parseLineTemplate(from.template) },
  )
  const reads = parsed.flatMap(format => ('from' in format ? [format.from!] : format.template!.reads))
  return {
    reads,
    run(line, state) {
      let labels: [string, string][] = []
      for (const format of parsed) {
        if (format.template === undefined) {
          const value = state.get(format.from!)
          if (value === undefined) continue
          state.setParsed(format.label, value)
          state.delete(format.from!)
          continue
        }
        if (labels.length === 0) labels = state.entries()
        const value = expand(format.template.steps, line, state, labels)
        if (value !== undefined) state.setParsed(format.label, value)
      }
      return line
    },
  }
}

function fieldsOf(steps: readonly Step[]): string[] {
  return steps.flatMap(step => {
    if (step.kind === 'print') return pipeFields(step.pipe)
    if (!('body' in step)) return []
    return [...pipeFields(step.pipe), ...fieldsOf(step.body), ...fieldsOf(step.otherwise)]
  })
}

const pipeFields = ({ commands }: Pipe): string[] =>
  commands.flatMap(command => command.flatMap(operandFields))

/** `.a.b` names both; a field of anything but the dot names none. */
function operandFields(operand: Operand): string[] {
  if (operand.kind === 'pipe') return pipeFields(operand.pipe)
  if (operand.kind !== 'field') return []
  const names: string[] = []
  let inner: Operand = operand
  for (; inner.kind === 'field'; inner = inner.of) names.unshift(inner.name)
  return inner.kind === 'dot' ? names : []
}

export function dropStage(labels: readonly NamedMatcher[]): Run {
  const drops = labels.map(({ name, matcher }) => ({ name, test: matcher && predicateOf(matcher) }))
  return (line, state) => {
    for (const { name, test } of drops) {
      if (name === errorLabel) {
        if (test?.(state.error) ?? true) state.error = ''
      } else if (name === detailsLabel) {
        if (test?.(state.details) ?? true) state.details = ''
      } else if (test === undefined) {
        if (state.get(name) !== undefined) state.delete(name)
      } else if (test(state.get(name) ?? '')) state.delete(name)
    }
    return line
  }
}

export function keepStage(labels: readonly NamedMatcher[]): Run {
  const keeps = labels.map(({ name, matcher }) => ({
    name,
    test: matcher === undefined ? always : predicateOf(matcher),
  }))
  const special: ReadonlySet<string> = new Set([errorLabel, detailsLabel, keptErrorLabel])
  return (line, state) => {
    for (const [name, value] of state.entries()) {
      if (special.has(name)) continue
      if (!keeps.some(keep => keep.name === name && keep.test(value))) state.delete(name)
    }
    return line
  }
}

const always = () => true

/** Colours and other controls of a terminal. */
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u001b\u009b][[\]()#;?]*(?:(?:(?:[a-zA-Z\d]*(?:;[a-zA-Z\d]*)*)?\u0007)|(?:(?:\d{1,4}(?:;\d{0,4})*)?[\dA-PRZcf-ntqry=><~]))/g

export const decolorize: Run = line =>
  line.includes('\u001b') || line.includes('\u009b') ? line.replace(controls, '') : line
