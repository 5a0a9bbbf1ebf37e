/** Reads Go's text/template; what is not supported of it is refused by name. */

import { unquote } from '../strings.ts'
import { type Piece, pieces, type Token } from './tokens.ts'

export type Step =
  | { kind: 'text'; text: string }
  | { kind: 'print'; pipe: Pipe }
  | { kind: 'if' | 'with' | 'range'; pipe: Pipe; body: readonly Step[]; otherwise: readonly Step[] }
  | { kind: 'break' | 'continue' }

/** Commands joined by `|`, each given the one before as its last argument; perhaps kept in variables. */
export interface Pipe {
  variables: readonly string[]
  isAssignment: boolean
  commands: readonly (readonly Operand[])[]
}

export type Operand =
  | { kind: 'constant'; value: string | number | bigint | boolean | null }
  | { kind: 'dot' }
  | { kind: 'variable'; name: string }
  | { kind: 'function'; name: string }
  | { kind: 'pipe'; pipe: Pipe }
  | { kind: 'field'; of: Operand; name: string }

/** The steps of a template; `variables` are there from the start, `user` is who calls the functions: `rules`. */
export function parseSteps(
  text: string,
  isFunction: (name: string) => boolean,
  variables: readonly string[],
  user: string,
): readonly Step[] {
  const parser: Parser = {
    pieces: pieces(text),
    at: 0,
    isFunction,
    user,
    scopes: [['$', ...variables]],
    loops: 0,
    depth: 0,
  }
  const steps = parseUntil(parser, [])
  return steps.steps
}

interface Parser {
  pieces: readonly Piece[]
  at: number
  isFunction: (name: string) => boolean
  user: string
  scopes: string[][]
  loops: number
  depth: number
}

const deepest = 100

const unsupported: readonly string[] = ['define', 'template', 'block']

/** Up to one of the closing words; its piece is consumed. */
function parseUntil(
  parser: Parser,
  closers: readonly string[],
): { steps: Step[]; closer: string; rest: Token[] } {
  if (++parser.depth > deepest) throw new Error(`expected at most ${deepest} levels of nesting, got more`)
  parser.scopes.push([])
  const steps: Step[] = []
  for (;;) {
    const piece = parser.pieces[parser.at++]
    if (piece === undefined) {
      if (closers.length > 0) throw new Error('expected {{end}}, got the end of the template')
      break
    }
    if ('text' in piece) {
      if (piece.text !== '') steps.push({ kind: 'text', text: piece.text })
      continue
    }
    const [first, ...rest] = piece.tokens
    const word = first?.kind === 'word' ? first.text : ''
    if (word === 'end' || word === 'else') {
      if (!closers.includes(word)) throw new Error(`unexpected {{${piece.source}}}`)
      leave(parser)
      return { steps, closer: word, rest: rest.filter((token, index) => index > 0 || token.kind !== 'space') }
    }
    if (unsupported.includes(word)) throw new Error(`{{${word}}} is not supported in ${parser.user}`)
    if (word === 'break' || word === 'continue') {
      if (parser.loops === 0) throw new Error(`unexpected {{${word}}} outside of {{range}}`)
      steps.push({ kind: word })
    } else if (word === 'if' || word === 'with' || word === 'range')
      steps.push(parseBlock(parser, word, rest))
    else steps.push({ kind: 'print', pipe: parsePipe(parser, [...piece.tokens], false) })
  }
  leave(parser)
  return { steps, closer: '', rest: [] }
}

function leave(parser: Parser): void {
  parser.scopes.pop()
  parser.depth--
}

function parseBlock(parser: Parser, kind: 'if' | 'with' | 'range', tokens: Token[]): Step {
  parser.scopes.push([])
  const pipe = parsePipe(parser, tokens, kind === 'range')
  if (kind === 'range') parser.loops++
  const body = parseUntil(parser, ['end', 'else'])
  if (kind === 'range') parser.loops--
  const otherwise = body.closer === 'else' ? parseElse(parser, kind, body.rest) : []
  parser.scopes.pop()
  return { kind, pipe, body: body.steps, otherwise }
}

/** `else`, or `else if` and `else with`, which share the block's end. */
function parseElse(parser: Parser, kind: string, rest: readonly Token[]): readonly Step[] {
  const word = rest[0]?.text
  if (word === undefined) return parseUntil(parser, ['end']).steps
  if (word !== kind || word === 'range') throw new Error(`unexpected "${word}" after {{else}}`)
  return [parseBlock(parser, word as 'if' | 'with', [...rest.slice(1)])]
}

/** Consumes all tokens, or up to the bracket that closes it. */
function parsePipe(parser: Parser, tokens: Token[], isRange: boolean, isInBrackets = false): Pipe {
  if (++parser.depth > deepest) throw new Error(`expected at most ${deepest} levels of nesting, got more`)
  const variables: string[] = []
  let isAssignment = false
  const declaration = /^(\$\S*?)(?: ?, ?(\$\S*?))? ?(:=|=)$/.exec(headOf(tokens))
  if (declaration !== null && !isInBrackets) {
    const [, first, second, mark] = declaration
    variables.push(first!)
    if (second !== undefined) variables.push(second)
    if (variables.length > 1 && !isRange) throw new Error('expected two variables only in {{range}}')
    isAssignment = mark === '='
    tokens.splice(0, tokens.findIndex(token => token.text === mark) + 1)
    for (const name of variables)
      if (!isAssignment) continue
      else if (!parser.scopes.some(scope => scope.includes(name)))
        throw new Error(`undefined variable "${name}"`)
  }
  const commands: Operand[][] = [[]]
  for (let afterSpace = true; tokens.length > 0; ) {
    const token = tokens[0]!
    if (token.text === ')' && isInBrackets) break
    if (token.kind === 'space') {
      tokens.shift()
      afterSpace = true
      continue
    }
    if (token.text === '|') {
      tokens.shift()
      commands.push([])
      afterSpace = true
      continue
    }
    if (!afterSpace) throw new Error(`unexpected "${token.text}", expected a space before it`)
    commands.at(-1)!.push(parseOperand(parser, tokens))
    afterSpace = false
  }
  for (const [index, command] of commands.entries()) {
    if (command.length === 0) throw new Error('expected a value, got an empty command')
    if (index > 0 && command[0]!.kind === 'constant')
      throw new Error('expected a function after "|", got a constant')
  }
  if (!isAssignment) parser.scopes.at(-1)!.push(...variables)
  parser.depth--
  return { variables, isAssignment, commands }
}

/** What stands before a pipe's first `=`, in one spelling. */
function headOf(tokens: readonly Token[]): string {
  const end = tokens.findIndex(token => token.text === ':=' || token.text === '=')
  return tokens
    .slice(0, end + 1)
    .map(token => (token.kind === 'space' ? ' ' : token.text))
    .join('')
    .trim()
}

function parseOperand(parser: Parser, tokens: Token[]): Operand {
  const token = tokens.shift()!
  let operand = parseTerm(parser, token, tokens)
  while (tokens[0]?.kind === 'field') {
    if (operand.kind === 'constant') throw new Error(`unexpected "${tokens[0].text}" after a constant`)
    operand = { kind: 'field', of: operand, name: tokens.shift()!.text.slice(1) }
  }
  return operand
}

function parseTerm(parser: Parser, token: Token, tokens: Token[]): Operand {
  switch (token.kind) {
    case 'field':
      return { kind: 'field', of: { kind: 'dot' }, name: token.text.slice(1) }
    case 'variable':
      if (parser.scopes.some(scope => scope.includes(token.text)))
        return { kind: 'variable', name: token.text }
      throw new Error(`undefined variable "${token.text}"`)
    case 'number':
      return { kind: 'constant', value: numberOf(token.text) }
    case 'string': {
      const result = unquote(token.text)
      if ('value' in result) return { kind: 'constant', value: result.value }
      throw new Error(`cannot read ${token.text}: ${result.problem}`)
    }
    case 'character': {
      const result = unquote(token.text)
      const characters = 'value' in result ? [...result.value] : []
      if (characters.length === 1) return { kind: 'constant', value: BigInt(characters[0]!.codePointAt(0)!) }
      throw new Error(`expected one character in ${token.text}`)
    }
    case 'word':
      if (token.text === 'true' || token.text === 'false')
        return { kind: 'constant', value: token.text === 'true' }
      if (token.text === 'nil') return { kind: 'constant', value: null }
      if (token.text === 'and' || token.text === 'or' || parser.isFunction(token.text))
        return { kind: 'function', name: token.text }
      throw new Error(`function "${token.text}" is not one that ${parser.user} can use`)
    default:
      if (token.text === '.') return { kind: 'dot' }
      if (token.text !== '(') throw new Error(`unexpected "${token.text}"`)
  }
  const pipe = parsePipe(parser, tokens, false, true)
  if (tokens.shift()?.text !== ')') throw new Error('expected a closing ")"')
  return { kind: 'pipe', pipe }
}

function numberOf(text: string): number | bigint {
  const digits = text.replaceAll('_', '')
  const isWhole = /^[-+]?(0[xX][0-9a-fA-F]+|\d+)$/.test(digits)
  if (!isWhole) return Number(digits)
  const magnitude = digits.replace(/^[-+]/, '')
  const octal = /^0[0-7]+$/.test(magnitude) ? `0o${magnitude.slice(1)}` : magnitude
  const value = BigInt(octal)
  return digits.startsWith('-') ? -value : value
}
