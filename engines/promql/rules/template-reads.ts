/** What a template's text depends on. */

import type { Operand, Pipe, Step } from '../../go/template/parse.ts'

/**
 * Whether steps may come out otherwise for another value of the alert. The value is reached as `$value`, as `.Value`, or
 * through all of the data at once, which is `.` at the start and `$`; what nothing of these has made can't hold it.
 */
export function readValue(steps: readonly Step[]): boolean {
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
