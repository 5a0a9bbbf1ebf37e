/** Random queries for tests: from the grammar, from a soup of its tokens, and from mutations of both. */

import { functions } from '../engine/functions/table.ts'
import { aggregations } from '../language/ast.ts'
import {
  durations,
  fragments,
  labels,
  metrics,
  numbers,
  oddDurations,
  oddNumbers,
  operators,
  values,
} from './random-words.ts'

type Random = () => number

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!
}

/** Mostly valid: types are mostly kept, so that what follows the parser is reached. */
export function randomQuery(random: Random, depth = 4): string {
  return random() < 0.85 ? vector(random, depth) : scalar(random, depth)
}

export function mutate(random: Random, query: string): string {
  let text = query
  for (let count = Math.ceil(random() * 3); count > 0; count--) {
    const at = Math.floor(random() * (text.length + 1))
    const cut = random() < 0.6 ? Math.floor(random() * 4) : 0
    const put = random() < 0.6 ? pick(random, fragments) : String.fromCharCode(32 + Math.floor(random() * 95))
    text = text.slice(0, at) + (random() < 0.3 ? '' : put) + text.slice(at + cut)
  }
  return text
}

export function tokenSoup(random: Random): string {
  const count = 1 + Math.floor(random() * 12)
  return Array.from({ length: count }, () => pick(random, fragments)).join(random() < 0.5 ? ' ' : '')
}

/** Ends without a comment, so that what is joined to it stays a query. */
function blank(random: Random): string {
  return pick(random, ['', '', '', ' ', ' ', '  ', '\n', '\t', ' # note "[{(\n'])
}

function vector(random: Random, depth: number): string {
  const space = () => blank(random)
  const below = () => vector(random, depth - 1)
  const choice = depth <= 0 ? 0 : random()
  if (choice < 0.25) return selector(random) + shift(random)
  if (choice < 0.45) return binary(random, depth)
  if (choice < 0.65) return aggregation(random, depth)
  if (choice < 0.88) return call(random, depth)
  if (choice < 0.94) return `(${space()}${below()}${space()})`
  return `${pick(random, ['-', '+'])}${space()}${below()}`
}

function scalar(random: Random, depth: number): string {
  const choice = depth <= 0 ? random() * 0.6 : random()
  if (choice < 0.5) return pick(random, numbers)
  if (choice < 0.6) return pick(random, [...oddNumbers, 'time()', 'pi()'])
  if (choice < 0.7) return `scalar(${vector(random, depth - 1)})`
  if (choice < 0.8) return `(${scalar(random, depth - 1)})`
  if (choice < 0.85) return `-${scalar(random, depth - 1)}`
  const operator = pick(random, operators)
  const bool = /[=<>]/.test(operator) && random() < 0.8 ? ' bool ' : ''
  return `${scalar(random, depth - 1)} ${operator} ${bool}${scalar(random, depth - 1)}`
}

function selector(random: Random): string {
  const matchers = Array.from({ length: Math.floor(random() * 3) }, () => {
    const name = random() < 0.8 ? pick(random, labels) : pick(random, ['"my.label"', "'a b'", '"a"', '""'])
    const mark = pick(random, ['"', '"', "'", '`'])
    const value = pick(random, values)
    return `${name}${blank(random)}${pick(random, ['=', '!=', '=~', '!~'])}${blank(random)}${mark}${value}${mark}`
  })
  if (random() < 0.1) matchers.push(pick(random, ['"my.metric"', '"foo"', '""']))
  const list = `{${matchers.join(`${blank(random)},`)}${matchers.length > 0 && random() < 0.1 ? ',' : ''}}`
  if (random() < 0.1) return list
  const name = random() < 0.8 ? pick(random, metrics.slice(0, 7)) : pick(random, metrics)
  return matchers.length === 0 && random() < 0.9 ? name : `${name}${blank(random)}${list}`
}

function shift(random: Random): string {
  const at = () =>
    ` @${blank(random)}${pick(random, ['start()', 'end()', 'START( )', '1609746000', '-1.5', '+3', '1h', '1e3', 'NaN', '0.0005'])}`
  const offset = () => ` offset ${random() < 0.9 ? pick(random, durations) : pick(random, oddDurations)}`
  const choice = random()
  if (choice < 0.7) return ''
  if (choice < 0.8) return offset()
  if (choice < 0.88) return at()
  if (choice < 0.94) return at() + offset()
  return offset() + at()
}

function range(random: Random, depth: number): string {
  const duration = () => (random() < 0.95 ? pick(random, durations) : pick(random, oddDurations))
  if (depth <= 0 || random() < 0.6)
    return `${selector(random)}${blank(random)}[${duration()}]${shift(random)}`
  const step = random() < 0.6 ? duration() : ''
  return `${vector(random, depth - 1)}[${duration()}:${step}]${shift(random)}`
}

function names(random: Random): string {
  const list = Array.from({ length: Math.floor(random() * 3) }, () =>
    random() < 0.9
      ? pick(random, labels)
      : pick(random, ['"my.label"', 'without', 'inf', 'a:b', '"without"', '""']),
  )
  return `(${list.join(',')}${list.length > 0 && random() < 0.1 ? ',' : ''})`
}

function binary(random: Random, depth: number): string {
  const operator = pick(random, operators)
  const bool = random() < (/[=<>]/.test(operator) ? 0.4 : 0.02) ? ' bool' : ''
  const isSet = /^(and|or|unless)$/i.test(operator)
  const match = random() < 0.4 ? ` ${pick(random, ['on', 'ignoring', 'ON'])}${names(random)}` : ''
  const isGrouped = match !== '' && random() < (isSet ? 0.05 : 0.5)
  const group = isGrouped
    ? ` ${pick(random, ['group_left', 'group_right'])}${random() < 0.7 ? names(random) : ''}`
    : ''
  const left = !isSet && random() < 0.2 ? scalar(random, depth - 1) : vector(random, depth - 1)
  const right = !isSet && random() < 0.2 ? scalar(random, depth - 1) : vector(random, depth - 1)
  return `${left} ${operator}${bool}${match}${group} ${right}`
}

function aggregation(random: Random, depth: number): string {
  const [operator, parameter] = pick(random, Object.entries(aggregations))
  const first =
    parameter === undefined
      ? ''
      : `${parameter === 'scalar' ? scalar(random, depth - 1) : pick(random, ['"v"', "'a b'", '`x`'])}, `
  const body = `(${blank(random)}${first}${vector(random, depth - 1)}${blank(random)})`
  const grouping = `${pick(random, ['by', 'without', 'BY'])}${blank(random)}${names(random)}`
  const choice = random()
  if (choice < 0.3) return `${operator}${body}`
  return choice < 0.7 ? `${operator} ${grouping} ${body}` : `${operator}${body} ${grouping}`
}

function call(random: Random, depth: number): string {
  const [name, { parameters, optional }] = pick(random, [...functions])
  const extra = optional === 'repeated' ? Math.floor(random() * 3) - 1 : random() < 0.5 ? 0 : -optional
  const count = random() < 0.03 ? Math.floor(random() * 4) : parameters.length + extra
  const args = Array.from({ length: count }, (_, index) => {
    const type = parameters[Math.min(index, parameters.length - 1)] ?? 'vector'
    if (random() < 0.02 || type === 'vector') return vector(random, depth - 1)
    if (type === 'scalar') return scalar(random, depth - 1)
    return type === 'matrix' ? range(random, depth - 1) : pick(random, ['"a"', '"$1"', "'(.*)'", '`x`'])
  })
  return `${name}${blank(random)}(${args.join(`,${blank(random)}`)})`
}
