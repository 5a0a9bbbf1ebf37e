/** Runs templates of Go's text/template. */

import { type GoMap, type GoValue, isList, isMap, isSample, isTime, print, typeName } from './format.ts'
import type { TemplateFunction } from './functions.ts'
import type { Operand, Pipe, Step } from './parse.ts'

interface Setting<Data> {
  functions: ReadonlyMap<string, TemplateFunction<Data>>
  data: Data
  /** What `.` is at the start. */
  dot: GoValue
  /** What is declared besides `$`. */
  variables: readonly (readonly [name: string, value: GoValue])[]
}

/** The text of a template; throws what Go's Execute would report. */
export function runSteps<Data>(steps: readonly Step[], setting: Setting<Data>): string {
  const { functions, data, dot } = setting
  const context: Context = {
    call: (name, args) => functions.get(name)!(args, data),
    variables: [{ name: '$', value: dot }, ...setting.variables.map(([name, value]) => ({ name, value }))],
    dot,
    out: '',
    left: mostSteps,
  }
  walk(context, steps)
  return context.out
}

export function strings(entries: Iterable<readonly [string, string]>): GoMap {
  return { values: new Map(entries), missing: '' }
}

/** More output or work than any template needs stops it. */
const mostSteps = 100_000
const longestText = 1_000_000

interface Context {
  call(name: string, args: readonly GoValue[]): GoValue
  /** The innermost last. */
  variables: { name: string; value: GoValue }[]
  dot: GoValue
  out: string
  left: number
}

type Block = Extract<Step, { kind: 'if' | 'with' | 'range' }>
type Flow = 'on' | 'break' | 'continue'

function walk(context: Context, steps: readonly Step[]): Flow {
  const scope = context.variables.length
  let flow: Flow = 'on'
  for (const step of steps) {
    if (--context.left < 0) throw new Error('expected a template that ends, got one that runs on')
    if (step.kind === 'text') context.out += step.text
    else if (step.kind === 'print') {
      const value = evaluate(context, step.pipe)
      if (step.pipe.variables.length === 0) context.out += print(value)
    } else if (step.kind === 'break' || step.kind === 'continue') flow = step.kind
    else flow = walkBlock(context, step as Block)
    if (context.out.length > longestText) throw new Error('expected a shorter text')
    if (flow !== 'on') break
  }
  context.variables.length = scope
  return flow
}

function walkBlock(context: Context, step: Block): Flow {
  const { dot } = context
  const scope = context.variables.length
  const value = evaluate(context, step.pipe, step.kind === 'range')
  let flow: Flow = 'on'
  if (step.kind === 'range') flow = walkRange(context, step, value)
  else if (isTrue(value)) {
    if (step.kind === 'with') context.dot = value
    flow = walk(context, step.body)
  } else flow = walk(context, step.otherwise)
  context.dot = dot
  context.variables.length = scope
  return flow
}

function walkRange(context: Context, step: Block, value: GoValue): Flow {
  const entries = entriesOf(value)
  if (entries.length === 0) return walk(context, step.otherwise)
  const scope = context.variables.length
  const [first, second] = step.pipe.variables
  for (const [key, element] of entries) {
    context.dot = element
    if (first !== undefined) bind(context, step.pipe, first, second === undefined ? element : key)
    if (second !== undefined) bind(context, step.pipe, second, element)
    const flow = walk(context, step.body)
    context.variables.length = scope
    if (flow === 'break') break
  }
  return 'on'
}

function entriesOf(value: GoValue): [GoValue, GoValue][] {
  if (value === null || value === undefined) return []
  if (isList(value)) return value.map((element, index) => [BigInt(index), element])
  if (isMap(value)) return [...value.values].sort(([a], [b]) => (a < b ? -1 : 1))
  if (typeof value === 'bigint') {
    if (value > BigInt(mostSteps)) throw new Error('expected a shorter range')
    return Array.from({ length: Math.max(Number(value), 0) }, (_, index) => [BigInt(index), BigInt(index)])
  }
  throw new Error(`range can't iterate over ${print(value)}`)
}

function isTrue(value: GoValue): boolean {
  if (isList(value)) return value.length > 0
  if (isMap(value)) return value.values.size > 0
  if (typeof value === 'number') return value !== 0
  return Boolean(value)
}

function bind(context: Context, pipe: Pipe, name: string, value: GoValue): void {
  if (!pipe.isAssignment) context.variables.push({ name, value })
  else context.variables.findLast(variable => variable.name === name)!.value = value
}

function evaluate(context: Context, pipe: Pipe, isRange = false): GoValue {
  let value: GoValue
  for (const [index, command] of pipe.commands.entries())
    value = evaluateCommand(context, command, index === 0 ? [] : [value])
  if (!isRange) for (const name of pipe.variables) bind(context, pipe, name, value)
  return value
}

function evaluateCommand(context: Context, command: readonly Operand[], piped: readonly GoValue[]): GoValue {
  const [first, ...rest] = command
  if (first!.kind !== 'function') {
    if (rest.length > 0 || piped.length > 0)
      throw new Error(`can't give argument to non-function ${describe(first!)}`)
    if (first!.kind === 'constant' && first!.value === null) throw new Error('nil is not a command')
    return evaluateOperand(context, first!)
  }
  return call(context, first!.name, rest, piped)
}

function call(
  context: Context,
  name: string,
  operands: readonly Operand[],
  piped: readonly GoValue[],
): GoValue {
  if (--context.left < 0) throw new Error('expected a template that ends, got one that runs on')
  if (name === 'and' || name === 'or') return shortCircuit(context, name, operands, piped)
  const args = [...operands.map(operand => evaluateOperand(context, operand)), ...piped]
  try {
    return context.call(name, args)
  } catch (error) {
    throw new Error(`error calling ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The first argument that decides, or the last one. */
function shortCircuit(
  context: Context,
  name: string,
  operands: readonly Operand[],
  piped: readonly GoValue[],
): GoValue {
  let value: GoValue = null
  for (const operand of operands) {
    value = evaluateOperand(context, operand)
    if (isTrue(value) === (name === 'or')) return value
  }
  if (operands.length + piped.length === 0)
    throw new Error(`wrong number of args for ${name}: want at least 1 got 0`)
  return piped.length > 0 ? piped[0] : value
}

function evaluateOperand(context: Context, operand: Operand): GoValue {
  switch (operand.kind) {
    case 'constant':
      return operand.value
    case 'dot':
      return context.dot
    case 'variable':
      return context.variables.findLast(variable => variable.name === operand.name)!.value
    case 'pipe':
      return evaluate(context, operand.pipe)
    case 'function':
      return call(context, operand.name, [], [])
    case 'field':
      return fieldOf(evaluateOperand(context, operand.of), operand.name)
  }
}

function fieldOf(value: GoValue, name: string): GoValue {
  if (isSample(value)) {
    if (name === 'Labels') return value.Labels
    if (name === 'Value') return value.Value
  } else if (isMap(value)) {
    if (value.values.has(name)) return value.values.get(name)
    if (!value.isStruct) return value.missing
  } else if (isTime(value)) throw new Error(`the method ${name} of times is not supported`)
  else if (value === null || value === undefined) return undefined
  throw new Error(`can't evaluate field ${name} in type ${typeName(value)}`)
}

function describe(operand: Operand): string {
  if (operand.kind === 'field')
    return `${operand.of.kind === 'dot' ? '' : describe(operand.of)}.${operand.name}`
  if (operand.kind === 'variable') return operand.name
  return operand.kind === 'constant' ? print(operand.value) : operand.kind === 'dot' ? '.' : '(…)'
}
