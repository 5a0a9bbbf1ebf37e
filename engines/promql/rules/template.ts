import type { GoMap, GoValue } from '../../go/template/format.ts'
import { type Operand, type Pipe, parseSteps, type Step } from '../../go/template/parse.ts'
import { runSteps, strings } from '../../go/template/template.ts'
import { type TemplateData, templateFunctions } from './template-functions.ts'

/** A label's or an annotation's text with what is computed in it. */
export interface Template {
  text: string
  steps: readonly Step[]
  /** Whether it is the same for every alert. */
  isPlain: boolean
  /** Whether it is the same for one series whenever it is looked at. */
  isSteady: boolean
  usesQuery: boolean
}

/** Throws an error that says what is wrong with the text, or which part of Go's templates is not supported. */
export function parseTemplate(text: string): Template {
  const variables = ['$labels', '$externalLabels', '$externalURL', '$value']
  const steps = parseSteps(text, name => templateFunctions.has(name), variables, 'rules')
  const usesQuery = /\{\{[\s\S]*\bquery\b/.test(text)
  const isPlain = steps.every(step => step.kind === 'text')
  return { text, steps, isPlain, isSteady: !usesQuery && !readValue(steps), usesQuery }
}

/** The text of an alert; an error shows in its place, as in Prometheus, so that the alert still goes out. */
export function expandTemplate(template: Template, data: TemplateData): string {
  if (template.isPlain) return template.text.includes('{{') ? run(template, data) : template.text
  try {
    return run(template, data)
  } catch (error) {
    return `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`
  }
}

function run(template: Template, data: TemplateData): string {
  const labels = strings(data.labels)
  const externalLabels = strings(Object.entries(data.externalLabels))
  const dot: GoMap = {
    values: new Map<string, GoValue>([
      ['Labels', labels],
      ['ExternalLabels', externalLabels],
      ['ExternalURL', data.externalUrl],
      ['Value', data.value],
    ]),
    missing: undefined,
    isStruct: true,
  }
  return runSteps(template.steps, {
    functions: templateFunctions,
    data,
    dot,
    variables: [
      ['$labels', labels],
      ['$externalLabels', externalLabels],
      ['$externalURL', data.externalUrl],
      ['$value', data.value],
    ],
  })
}

/**
 * Whether the text may depend on the alert's value. A template reads the value as `$value`, as `.Value`, or within all of
 * its data at once, which is `.` and `$`.
 */
function readValue(steps: readonly Step[]): boolean {
  return steps.some(step => {
    if (step.kind === 'print') return pipeReads(step.pipe)
    return 'body' in step && (pipeReads(step.pipe) || readValue(step.body) || readValue(step.otherwise))
  })
}

function pipeReads({ commands }: Pipe): boolean {
  return commands.some(command => command.some(operandReads))
}

function operandReads(operand: Operand): boolean {
  switch (operand.kind) {
    case 'constant':
    case 'function':
      return false
    case 'dot':
      return true
    case 'variable':
      return operand.name === '$' || operand.name === '$value'
    case 'pipe':
      return pipeReads(operand.pipe)
    case 'field': {
      const isOfAll = operand.of.kind === 'dot' || (operand.of.kind === 'variable' && operand.of.name === '$')
      return isOfAll ? operand.name === 'Value' : operandReads(operand.of)
    }
  }
}
