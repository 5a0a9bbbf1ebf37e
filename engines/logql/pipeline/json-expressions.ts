/** `| json took="request.duration", first="tags[0]"`: values by their path. */

import type { Extraction } from '../language/ast.ts'
import {
  blockEnd,
  eachElement,
  type JsonKind,
  labelText,
  problems,
  readValue,
  skipBlank,
  stringEnd,
  undoEscapes,
} from '../text/json.ts'
import { parsePath } from '../text/json-path.ts'
import type { Run } from './state.ts'

const jsonError = 'JSONParserErr'

export function jsonExpressions(expressions: readonly Extraction[]): Run {
  const labels = expressions.map(({ label }) => label)
  const paths = expressions.map(({ expression }) => parsePath(expression))
  return (line, state) => {
    if (line === '' || state.hints.noLabels()) return line
    if (!'"{['.includes(line[0]!)) {
      state.fail(jsonError, undefined)
      return line
    }
    let matches = 0
    find(line, paths, (index, found) => {
      if (typeof found === 'string') {
        state.fail(jsonError, found)
        return
      }
      const label = labels[index]!
      const { text, start, end, kind } = found
      const value =
        kind === 'null' ? '' : kind === 'object' ? text.slice(start, end) : labelText(text, start, end)
      state.setParsed(state.isTaken(label) ? `${label}_extracted` : label, value)
      matches++
    })
    if (matches < labels.length)
      for (const label of labels) if (state.get(label) === undefined) state.setParsed(label, '')
    return line
  }
}

interface Found {
  text: string
  kind: JsonKind
  start: number
  end: number
}

type Tell = (path: number, found: Found | string) => void

/**
 * Walks through the text once, as a reader that trusts it to be JSON: keys count by how deep they are, and after the
 * first mistake that it stumbles over it goes no further.
 */
function find(text: string, paths: readonly string[][], tell: Tell): void {
  const isFound = paths.map(() => false)
  const deepestPath = Math.max(...paths.map(path => path.length))
  const trail: string[] = []
  let level = 0
  let left = paths.length
  const end = text.length
  const isOnTrail = (path: readonly string[], length: number) =>
    path.slice(0, length).every((key, index) => trail[index] === key)
  const report = (index: number, from: number) => {
    const value = readValue(text, from, end)
    tell(index, typeof value === 'string' ? value : { ...value, text })
  }

  for (let at = 0; at < end; at++) {
    const char = text[at]
    if (char === '"') {
      const keyStart = at + 1
      const keyEnd = stringEnd(text, keyStart, end)
      if (keyEnd < 0) return
      at = skipBlank(text, keyEnd, end)
      if (at < 0) return
      if (text[at] !== ':') {
        at--
        continue
      }
      const key = undoEscapes(text, keyStart, keyEnd - 1)
      if (key === undefined) return
      let isMatch = false
      if (deepestPath >= level) {
        if (level < 1) {
          tell(-1, problems.json)
          return
        }
        trail[level - 1] = key
        for (const [index, path] of paths.entries()) {
          if (path.length !== level || isFound[index] || path[level - 1] !== key || !isOnTrail(path, level))
            continue
          isMatch = true
          isFound[index] = true
          left--
          report(index, at + 1)
          if (left === 0) return
        }
      }
      if (!isMatch) {
        const next = skipBlank(text, at + 1, end)
        at = next < 0 ? at - 1 : next - 1
      }
      if (at < end && '{}["'.includes(text[at]!)) at--
    } else if (char === '{') level++
    else if (char === '}' || char === ']') level--
    else if (char === '[') {
      if (level < 0) {
        tell(-1, problems.json)
        return
      }
      const wanted = paths.flatMap((path, index) => {
        const part = path[level]
        const isIndex = part !== undefined && /^\[\d+\]$/.test(part)
        return isIndex && !isFound[index] && isOnTrail(path, level)
          ? [{ index, element: Number(part.slice(1, -1)) }]
          : []
      })
      if (wanted.length === 0) {
        const behind = blockEnd(text, at, end)
        if (behind < 0) return
        at = behind - 1
        continue
      }
      level++
      let element = 0
      const arrayEnd = eachElement(text, at, end, value => {
        for (const { index, element: asked } of wanted) {
          if (asked !== element) continue
          left--
          isFound[index] = true
          const rest = paths[index]!.slice(level)
          const place = search(text, value.start, value.end, rest)
          if (place < 0) continue
          if (value.kind === 'string') tell(index, { text, kind: 'string', start: place, end: value.end })
          else {
            const inner = readValue(text, place, value.end)
            tell(index, typeof inner === 'string' ? inner : { ...inner, text })
          }
        }
        element++
      })
      if (left === 0) return
      at = arrayEnd - 1
    }
  }
}

/** Where the value at a path within text[from, end) begins; -1 if there is none. */
function search(text: string, from: number, end: number, path: readonly string[]): number {
  if (path.length === 0) return from
  let level = 0
  let matched = 0
  let isLastMatched = true
  for (let at = from; at < end; at++) {
    const char = text[at]
    if (char === '"') {
      const keyStart = at + 1
      const keyEnd = stringEnd(text, keyStart, end)
      if (keyEnd < 0) return -1
      at = skipBlank(text, keyEnd, end)
      if (at < 0) return -1
      if (text[at] !== ':') {
        at--
        continue
      }
      if (level < 1) return -1
      const key = undoEscapes(text, keyStart, keyEnd - 1)
      if (key === undefined || level > path.length) return -1
      isLastMatched = key === path[level - 1]
      if (isLastMatched && matched === level - 1 && ++matched === path.length) return at + 1
    } else if (char === '{') {
      if (isLastMatched) level++
      else {
        const behind = blockEnd(text, at, end)
        if (behind < 0) return -1
        at = behind - 1
      }
    } else if (char === '}') {
      level--
      if (level === matched) matched--
    } else if (char === '[') {
      const part = path[level]
      if (matched === level && part !== undefined && part.startsWith('[')) {
        let element = 0
        let found: { start: number; end: number } | undefined
        eachElement(text, at, end, value => {
          if (`[${element++}]` !== part) return
          const quotes = value.kind === 'string' ? 1 : 0
          found = { start: value.start - quotes, end: value.end + quotes }
        })
        return found === undefined ? -1 : search(text, found.start, found.end, path.slice(level + 1))
      }
      const behind = blockEnd(text, at, end)
      if (behind < 0) return -1
      at = behind - 1
    } else if (char === ':') return -1
  }
  return -1
}
