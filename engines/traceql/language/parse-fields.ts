/** Parses what stands in a spanset filter: attributes, values and the operators between them. */

import type * as Ast from './ast.ts'
import type { Cursor } from './cursor.ts'
import { intrinsic, intrinsicNames } from './intrinsics.ts'
import type { Token } from './tokens.ts'
import { isFalse } from './value.ts'
import { literalOf, strengths } from './words.ts'

const minusStrength = 3
const notStrength = 4

export type FieldParser = ReturnType<typeof fieldParser>

export function fieldParser({
  peek,
  isSymbol,
  symbolOf,
  wordOf,
  take,
  skip,
  placeFrom,
  fail,
  expect,
  nested,
  countChained,
}: Cursor) {
  function filter(): Ast.SpansetFilter {
    const { start } = peek()
    expect('{')
    const condition = isSymbol('}') ? undefined : field(0)
    expect('}')
    return { kind: 'filter', condition, place: placeFrom(start) }
  }

  function field(least: number): Ast.FieldExpression {
    return nested(() => {
      let left = fieldTerm()
      for (let count = 1; ; count++) {
        countChained(count)
        const token = peek()
        const op =
          token.kind === 'symbol' && token.text in strengths ? (token.text as Ast.FieldOperator) : undefined
        if (op === undefined || strengths[op]! < least) return left
        skip()
        if ((op === '=' || op === '!=') && wordOf(['nil']) !== undefined) {
          skip()
          left = unary(op === '=' ? 'missing' : 'exists', left, left.place.start)
          continue
        }
        const right = field(strengths[op]! + (op === '^' ? 0 : 1))
        left = { kind: 'binary', op, left, right, place: placeFrom(left.place.start) }
      }
    })
  }

  function unary(op: Ast.FieldUnary['op'], operand: Ast.FieldExpression, start: number): Ast.FieldUnary {
    return { kind: 'unary', op, operand, place: placeFrom(start) }
  }

  function fieldTerm(): Ast.FieldExpression {
    const { start } = peek()
    if (isSymbol('(')) {
      skip()
      const inner = field(0)
      expect(')')
      return { ...inner, place: placeFrom(start) }
    }
    if (isSymbol('-')) {
      skip()
      return unary('-', field(minusStrength + 1), start)
    }
    if (isSymbol('!')) {
      skip()
      return unary('!', field(notStrength + 1), start)
    }
    if (wordOf(['nil']) !== undefined) return nilComparison()
    return attribute() ?? staticValue() ?? fail('an attribute such as span.foo, a value, (, - or !')
  }

  /** `nil = span.foo`; nil is nothing on its own. */
  function nilComparison(): Ast.FieldExpression {
    const { start } = take()
    const op = symbolOf(['=', '!='])
    if (op === undefined) return fail('= or !=')
    skip()
    if (wordOf(['nil']) === undefined) return unary(op === '=' ? 'missing' : 'exists', field(3), start)
    skip()
    return { kind: 'static', value: isFalse, place: placeFrom(start) }
  }

  function attributeOrFail(): Ast.Attribute {
    return attribute() ?? fail('an attribute such as span.foo')
  }

  function attributeList(): Ast.Attribute[] {
    const attributes = [attributeOrFail()]
    while (isSymbol(',')) {
      skip()
      attributes.push(attributeOrFail())
    }
    return attributes
  }

  function attribute(): Ast.Attribute | undefined {
    const token = peek()
    const { start } = token
    if (token.kind === 'scope') {
      skip()
      const ofParent = token.text === 'parent.'
      const scoped = ofParent && peek().kind === 'scope' ? (take() as { text: string }) : token
      const name = take() as Token & { kind: 'name' }
      if (name.start === name.end) fail('the name of an attribute', { ...peek(), start: name.start })
      const scope = (
        scoped.text === '.' || scoped.text === 'parent.' ? 'none' : scoped.text.slice(0, -1)
      ) as Ast.Scope
      return {
        kind: 'attribute',
        scope,
        name: name.text,
        isIntrinsic: false,
        ofParent,
        place: placeFrom(start),
      }
    }
    if (token.kind !== 'word') return undefined
    const isScoped = token.text.endsWith(':')
    const next = peek(1)
    const spelling = isScoped ? token.text + (next.kind === 'word' ? next.text : '') : token.text
    const name = intrinsicNames.get(spelling)
    if (name === undefined) {
      if (!isScoped) return undefined
      skip()
      return fail(`an intrinsic of ${token.text} such as ${exampleOf(token.text)}`)
    }
    skip(isScoped ? 2 : 1)
    return intrinsic(name, placeFrom(start))
  }

  function staticValue(): Ast.Static | undefined {
    const token = peek()
    const value = literalOf(token)
    if (value === undefined) return undefined
    skip()
    return { kind: 'static', value, place: token }
  }

  return { filter, field, attributeOrFail, attributeList, staticValue }
}

function exampleOf(scope: string): string {
  for (const spelling of intrinsicNames.keys())
    if (spelling.startsWith(scope)) return spelling.slice(scope.length)
  return 'name'
}
