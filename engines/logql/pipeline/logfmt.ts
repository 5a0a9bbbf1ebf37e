/** `| logfmt`, of all pairs of a line or of those that are asked for. */

import type { Extraction } from '../language/ast.ts'
import { sanitizer } from '../text/label-names.ts'
import { logfmtReader } from '../text/logfmt.ts'
import type { Run } from './state.ts'

const logfmtError = 'LogfmtParserErr'

export function logfmtStage(strict: boolean, keepEmpty: boolean): Run {
  const reader = logfmtReader()
  const nameOf = sanitizer()
  return (line, state) => {
    const { hints } = state
    if (hints.noLabels()) return line
    reader.start(line)
    while (!reader.isDone()) {
      if (!reader.next()) {
        if (strict) break
        continue
      }
      let name = nameOf(reader.key)
      if (name === '') continue
      if (state.isTaken(name)) name += '_extracted'
      if (!hints.shouldExtract(name) || hints.isExtracted(name)) continue
      const value = reader.value.includes('\ufffd') ? reader.value.replaceAll('\ufffd', ' ') : reader.value
      if (value === '' && !keepEmpty) continue
      state.setParsed(name, value)
      if (!hints.mayPass(name, state)) return undefined
      if (hints.allExtracted()) break
    }
    if (!strict || reader.problem === undefined) return line
    state.fail(logfmtError, reader.problem)
    return hints.mayPass('__error__', state) ? line : undefined
  }
}

/** `| logfmt took=duration, status`: a label that is not in the line is there and empty. */
export function logfmtExpressions(expressions: readonly Extraction[], strict: boolean): Run {
  /** The key that each label is read from. */
  const keys = new Map<string, string>()
  for (const { label, expression } of expressions) keys.set(label, keyOf(expression))
  const reader = logfmtReader()
  const nameOf = sanitizer()
  return (line, state) => {
    const { hints } = state
    if (hints.noLabels()) return line
    for (const label of keys.keys()) if (!state.isTaken(label)) state.setParsed(label, '')
    reader.start(line)
    while (!reader.isDone()) {
      if (!reader.next()) {
        if (strict) break
        continue
      }
      let name = nameOf(reader.key)
      const isAsked = keys.has(name)
      if (name === '' || (!isAsked && (!hints.shouldExtract(name) || hints.isExtracted(name)))) continue
      const value = reader.value.includes('\ufffd') ? '' : reader.value
      for (const [label, key] of keys)
        if (key === name) {
          name = label
          break
        }
      if (!keys.has(name)) continue
      if (state.isTaken(name)) {
        name += '_extracted'
        if (hints.isExtracted(name) || !hints.shouldExtract(name)) break
      }
      state.setParsed(name, value)
      if (hints.allExtracted()) break
    }
    if (strict && reader.problem !== undefined) state.fail(logfmtError, reader.problem)
    return line
  }
}

/** An expression is a key, bare or in quotes. */
function keyOf(expression: string): string {
  const found = /^[ \t\n]*(?:([A-Za-z_][A-Za-z0-9_]*)|"([^"\]]*)["\]]?)[ \t\n]*$/.exec(expression)
  if (found === null)
    throw new Error(`cannot parse expression [${expression}]: expected a key such as status or "http.status"`)
  return found[1] ?? found[2]!
}
