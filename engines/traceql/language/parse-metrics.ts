/** Parses what makes series of spans: the function, what follows it, and hints. */

import type * as Ast from './ast.ts'
import type { Cursor } from './cursor.ts'
import type { FieldParser } from './parse-fields.ts'
import { comparisons, isReserved } from './words.ts'

/** `constant` reads numbers joined by operators. */
export function metricsParser(
  { peek, isSymbol, symbolOf, wordOf, take, skip, placeFrom, fail, expect }: Cursor,
  { filter, attributeOrFail, attributeList, staticValue }: FieldParser,
  constant: () => Ast.Static,
) {
  function staged(operand: Ast.MetricsExpression): Ast.MetricsExpression {
    const stages = [...secondStageList()]
    if (stages.length === 0) return operand
    return { kind: 'metrics stages', operand, stages, place: placeFrom(operand.place.start) }
  }

  function metricsFunction(): Ast.MetricsAggregate | Ast.Compare {
    const { start } = peek()
    const op = (take() as { text: string }).text as Ast.MetricsFunction | 'compare'
    expect('(')
    if (op === 'compare') return compareTo(start)
    const takesNothing = op === 'rate' || op === 'count_over_time'
    const attribute = takesNothing ? undefined : attributeOrFail()
    const quantiles: number[] = []
    if (op === 'quantile_over_time') {
      do {
        if (quantiles.length === 0 || isSymbol(',')) expect(',')
        const token = take()
        if (token.kind !== 'int' && token.kind !== 'float') return fail('a number such as 0.99', token)
        quantiles.push(Number(token.value))
      } while (isSymbol(','))
    }
    expect(')')
    let by: Ast.Attribute[] = []
    if (wordOf(['by']) !== undefined) {
      skip()
      expect('(')
      by = attributeList()
      expect(')')
    }
    return { kind: 'metrics', op, attribute, quantiles, by, place: placeFrom(start) }
  }

  /** `compare({ … })`, with the number of values, and then a start and an end in nanoseconds. */
  function compareTo(start: number): Ast.Compare {
    const selection = filter()
    const numbers: number[] = []
    while (isSymbol(',') && numbers.length < 3) {
      skip()
      const token = take()
      if (token.kind !== 'int') return fail('a whole number', token)
      numbers.push(Number(token.value))
    }
    if (numbers.length === 2) fail(', and an end')
    expect(')')
    return { kind: 'compare', selection, numbers, place: placeFrom(start) }
  }

  function* secondStageList(): Generator<Ast.SecondStage> {
    for (;;) {
      const { start } = peek()
      const op = symbolOf(comparisons) as Ast.Comparison | undefined
      if (op !== undefined) {
        skip()
        const value = constant()
        yield { kind: 'metrics filter', op, value, place: placeFrom(start) }
      } else if (isSymbol('|')) {
        skip()
        const kind = wordOf(['topk', 'bottomk']) as 'topk' | 'bottomk' | undefined
        if (kind === undefined) return fail('topk or bottomk')
        skip()
        expect('(')
        const limit = take()
        if (limit.kind !== 'int') return fail('a whole number', limit)
        expect(')')
        yield { kind, limit: Number(limit.value), place: placeFrom(start) }
      } else return
    }
  }

  function hintList(): Ast.Hint[] {
    const hints: Ast.Hint[] = []
    skip()
    expect('(')
    do {
      if (hints.length > 0) expect(',')
      const name = wordOf()
      if (name === undefined || isReserved(name)) return fail('the name of a hint such as most_recent')
      skip()
      expect('=')
      const value = staticValue()
      if (value === undefined) return fail('a value such as true')
      hints.push({ name, value: value.value })
    } while (isSymbol(','))
    expect(')')
    return hints
  }

  return { staged, metricsFunction, hintList }
}
