/** A file of objectives being read: what stands at a place, and what is wrong there with its line. */
import { isMap, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml'
import { UserError } from '../../contract/user-error.ts'

export type Path = readonly (string | number)[]

export interface Reader {
  at: (...path: Path) => unknown
  refuse: (path: Path, expected: string) => undefined
  /** File and line of what stands at a path, or of the last on the way to it. */
  place: (path: Path) => string
}

/** Far beyond what people write by hand; the YAML reader takes seconds and gigabytes for what is. */
const longestFile = 4_000_000

/** Reads every document of the file, and throws all of its problems at once, by their line. */
export function readDocuments<T>(file: string, text: string, read: (reader: Reader) => T[]): T[] {
  if (text.length > longestFile)
    throw new UserError(`${file}:1: expected at most ${longestFile} characters, got ${text.length}`)
  const lines = new LineCounter()
  const problems: { line: number; text: string }[] = []
  const documents = parseAllDocuments(text, { lineCounter: lines })
  const found = [...documents].flatMap(document => {
    const lineOf = (node: Node | undefined) => lines.linePos(node?.range?.[0] ?? 0).line
    const report = (line: number, message: string) =>
      problems.push({ line, text: `${file}:${line}: ${message}` })
    // What follows the first error of a document is mostly its consequence.
    const [error] = document.errors
    if (error !== undefined) {
      const isTooDeep = error.message.startsWith('Maximum call stack')
      const message = isTooDeep ? 'expected fewer levels of nesting' : error.message.split('\n')[0]!
      report(lines.linePos(error.pos[0]).line, message)
      return []
    }
    return read({
      place: path => `${file}:${lineOf(nearest(document.contents as Node, path).node)}`,
      at: (...path) => document.getIn(path),
      refuse: (path, expected) => {
        const { node, complete } = nearest(document.contents as Node, path)
        report(
          lineOf(node),
          `${path.join('.')}: expected ${expected}, got ${complete ? shown(node) : 'nothing'}`,
        )
        return undefined
      },
    })
  })
  if (problems.length > 0)
    throw new UserError(
      problems
        .toSorted((a, b) => a.line - b.line)
        .map(problem => problem.text)
        .join('\n'),
    )
  return found
}

export function readText({ at, refuse }: Pick<Reader, 'at' | 'refuse'>, path: Path): string | undefined {
  const value = at(...path)
  return typeof value === 'string' && value.trim() !== '' ? value : refuse(path, 'a text')
}

/** The node at a path, or the last one on the way to it. */
function nearest(root: Node, path: Path): { node: Node; complete: boolean } {
  let node = root
  for (const step of path) {
    const next: unknown =
      'get' in node ? (node as { get: (key: unknown, keep: true) => unknown }).get(step, true) : undefined
    if (next === undefined || next === null) return { node, complete: false }
    node = next as Node
  }
  return { node, complete: true }
}

function shown(node: Node): string {
  if (isScalar(node)) return JSON.stringify(node.value)
  return isMap(node) ? node.items.map(item => String(item.key)).join(', ') : 'a list'
}
