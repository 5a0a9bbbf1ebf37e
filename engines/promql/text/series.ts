/** The first part of a line of metrics: `name{label="value"}`, or `{"quoted name", label="value"}`. */

import { metricName } from '../../labels.ts'

export function readSeries(
  text: string,
  failure: (at: number, expected: string) => Error,
): { labels: [string, string][]; end: number } {
  const labels: [string, string][] = []
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(text)?.[0] ?? ''
  if (name !== '') labels.push([metricName, name])
  let at = name.length
  while (text[at] === ' ' || text[at] === '\t') at++
  if (text[at] !== '{') {
    if (name === '' || at === name.length)
      throw failure(at, name === '' ? 'the name of a metric' : '{ or a space')
    return { labels, end: name.length }
  }
  at = skipSpace(text, at + 1)
  while (text[at] !== '}') {
    const label = text[at] === '"' ? readQuoted(text, at, failure) : readBare(text, at, failure)
    at = skipSpace(text, label.end)
    if (text[at] === '=') {
      at = skipSpace(text, at + 1)
      if (text[at] !== '"') throw failure(at, 'a value in double quotes')
      const value = readQuoted(text, at, failure)
      labels.push([label.text, value.text])
      at = skipSpace(text, value.end)
    } else if (label.isQuoted) labels.push([metricName, label.text])
    else throw failure(at, '= after the name of a label')
    if (text[at] === ',') at = skipSpace(text, at + 1)
    else if (text[at] !== '}') throw failure(at, ', or }')
  }
  return { labels, end: at + 1 }
}

/** The line, or the part around the place when it is long, with a caret under the place. */
export function caret(text: string, at: number): string {
  const start = Math.max(0, Math.min(at - 60, text.length - 100))
  const part = text.slice(start, start + 100).replaceAll('\t', ' ')
  return `  ${part}\n  ${' '.repeat(at - start)}^`
}

function readBare(text: string, at: number, failure: (at: number, expected: string) => Error) {
  bareLabel.lastIndex = at
  const found = bareLabel.exec(text)?.[0]
  if (found === undefined) throw failure(at, 'the name of a label or }')
  return { text: found, end: at + found.length, isQuoted: false }
}

const bareLabel = /[a-zA-Z_][a-zA-Z0-9_]*/y

function readQuoted(text: string, at: number, failure: (at: number, expected: string) => Error) {
  let value = ''
  let from = at + 1
  for (let i = from; i < text.length; i++) {
    if (text[i] === '"') return { text: value + text.slice(from, i), end: i + 1, isQuoted: true }
    if (text[i] !== '\\') continue
    const escaped = escapes[text[i + 1] ?? '']
    if (escaped === undefined) throw failure(i, '\\\\, \\" or \\n')
    value += text.slice(from, i) + escaped
    i++
    from = i + 1
  }
  throw failure(at, 'a closing double quote')
}

const escapes: { [char: string]: string | undefined } = { '\\': '\\', '"': '"', n: '\n' }

function skipSpace(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\t') at++
  return at
}
