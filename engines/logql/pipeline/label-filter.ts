/** Filters by label. One that cannot read the label's value as a number lets the line pass and says so in `__error__`. */

import { parseGoDuration } from '../../go/durations.ts'
import { parseGoFloat } from '../../go/floats.ts'
import { quote } from '../../go/strings.ts'
import type { LabelFilter, Semantics } from '../language/ast.ts'
import { compare } from '../language/operators.ts'
import { parseBytes, roundedBytes } from '../text/bytes.ts'
import { containsIp, parseIpPattern } from '../text/ip.ts'
import { errorLabel, type FilterHint, type LineState } from './state.ts'
import { matcherTest } from './text-filter.ts'

type Passes = (state: LineState) => boolean

/** Undefined where every line passes. */
export function labelFilter(filter: LabelFilter, semantics: Semantics): Passes | undefined {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const left = labelFilter(filter.left, semantics) ?? always
      const right = labelFilter(filter.right, semantics) ?? always
      return filter.kind === 'and'
        ? state => {
            const passes = left(state)
            return right(state) && passes
          }
        : state => left(state) || right(state)
    }
    case 'matcher': {
      const { name } = filter.matcher
      const test = matcherTest(filter.matcher)
      if (test === undefined) return undefined
      if (name === errorLabel) return state => test(state.error)
      return state => test(state.get(name) ?? '')
    }
    case 'ip': {
      const matches = parseIpPattern(filter.pattern)
      const isWanted = filter.operator === '='
      const shortest = semantics === '3.7' ? 5 : 1
      return state => {
        if (state.error !== '') return true
        const value = state.get(filter.label)
        return value !== undefined && containsIp(value, matches, shortest) === isWanted
      }
    }
    default: {
      const { label, operator, value } = filter
      const wanted = filter.kind === 'bytes' && semantics === '3.7' ? roundedBytes(value) : value
      const read = readers[filter.kind]
      return state => {
        const text = state.get(label)
        if (text === undefined) return false
        const value = read(text)
        if (typeof value === 'number') return compare(operator, value, wanted)
        if (state.error === '') {
          state.error = 'LabelFilterErr'
          state.details = value
        }
        return true
      }
    }
  }
}

/** What a filter of one label tells parsers; undefined of any other. */
export function hintOf(filter: LabelFilter, semantics: Semantics): FilterHint | undefined {
  if (filter.kind === 'and' || filter.kind === 'or') return undefined
  const passes = labelFilter(filter, semantics)
  return passes === undefined ? undefined : { name: labelsRead(filter)[0]!, passes }
}

/** The labels a filter reads; one that lets everything pass reads none. */
export function labelsRead(filter: LabelFilter): string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return [...new Set([...labelsRead(filter.left), ...labelsRead(filter.right)])]
    case 'matcher':
      return matcherTest(filter.matcher) === undefined ? [] : [filter.matcher.name]
    default:
      return [filter.label]
  }
}

const always: Passes = () => true

/** The number a text stands for, or what is wrong with it. */
export const readers: { [kind in 'number' | 'duration' | 'bytes']: (text: string) => number | string } = {
  number: text =>
    parseGoFloat(text) ??
    `strconv.ParseFloat: parsing ${quote(text)}: ${isTooLarge(text) ? 'value out of range' : 'invalid syntax'}`,
  duration(text) {
    const read = parseGoDuration(text)
    return 'nanoseconds' in read ? read.nanoseconds : read.problem
  },
  bytes(text) {
    const read = parseBytes(text)
    return 'bytes' in read ? read.bytes : read.problem
  },
}

const isTooLarge = (text: string) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)
