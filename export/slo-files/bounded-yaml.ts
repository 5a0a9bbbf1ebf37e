/** YAML read within bounds: files that its reader would chew on for minutes are refused before, or read another way. */

import {
  type Document,
  isScalar,
  Lexer,
  type LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar,
  visit,
} from 'yaml'
import { UserError } from '../../contract/user-error.ts'

/** Far beyond what people write by hand, and read within seconds. */
const longestFile = 2_000_000
const deepest = 100
const mostKeys = 1_000

export function readYaml(file: string, text: string, lineCounter: LineCounter): Document[] {
  if (text.length > longestFile)
    throw new UserError(`${file}:1: expected at most ${longestFile} characters, got ${text.length}`)
  const deep = lineTooDeep(text)
  if (deep !== undefined)
    throw new UserError(`${file}:${deep}: expected at most ${deepest} levels of nesting`)
  // The reader's own search for keys that come again compares each with each.
  return [...parseAllDocuments(text, { lineCounter, uniqueKeys: false })]
}

/** What is wrong with the keys of a map: there are too many to look for any, or one comes twice and either may count. */
export function wrongKeys(document: Document): { at: Node; text: string } | undefined {
  let wrong: ReturnType<typeof wrongKeys>
  visit(document, {
    Map: (_key, map) => {
      const again = repeated(map.items.map(({ key }) => key))
      if (map.items.length > mostKeys)
        wrong = { at: map as Node, text: `expected at most ${mostKeys} keys, got ${map.items.length}` }
      else if (again !== undefined)
        wrong = { at: again, text: `expected every key once, got ${JSON.stringify(again.value)} again` }
      return wrong === undefined ? undefined : visit.BREAK
    },
  })
  return wrong
}

function repeated(keys: readonly unknown[]): Scalar | undefined {
  const seen = new Set<unknown>()
  return keys.filter(isScalar).find(({ value }) => seen.size === seen.add(value).size)
}

/** The marks of the lexer for what has no text of its own. */
const [document, flowEnd, scalar] = ['\u0002', '\u0018', '\u001F']

/** From the tokens alone, as brackets in texts and comments are no levels. */
function lineTooDeep(text: string): number | undefined {
  let [line, column, depth, isText] = [1, 0, 0, false]
  for (const token of new Lexer().lex(text)) {
    if (token === document || token === flowEnd) continue
    if (token === scalar) {
      isText = true
      continue
    }
    if (!isText) {
      if (token === '[' || token === '{') depth++
      else if (token === ']' || token === '}') depth--
      // Each level of a list takes two columns at least.
      const isTooFar = depth === 0 && (token === '-' || token === '?') && column > 2 * deepest
      if (depth > deepest || isTooFar) return line
    }
    isText = false
    const newline = token.lastIndexOf('\n')
    if (newline === -1) column += token.length
    else {
      line += token.split('\n').length - 1
      column = token.length - newline - 1
    }
  }
  return undefined
}
