/** A file of objectives being read: what stands at a place, and what is wrong there with its line. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node } from 'yaml'
import { seconds } from '../../contract/durations.ts'
import { UserError } from '../../contract/user-error.ts'
import { readYaml, wrongKeys } from './bounded-yaml.ts'

export type Path = readonly (string | number)[]

export interface Reader {
  at: (...path: Path) => unknown
  /** How many entries a list has, 0 where there is none. */
  count: (path: Path) => number
  keys: (path: Path) => string[]
  refuse: (path: Path, expected: string) => undefined
  /** File and line of what stands at a path, or of the last on the way to it. */
  place: (path: Path) => string
}

/** Reads one document after the other, and throws all of the file's problems at once, by their line. */
export function readDocuments<T>(file: string, text: string, read: (reader: Reader) => T[]): T[] {
  return readWith(file, text, false, readers => readers.flatMap(read))
}

/** Every document of the file together; one that is a list counts as its entries. */
export function readTogether<T>(file: string, text: string, read: (readers: Reader[]) => T[]): T[] {
  return readWith(file, text, true, read)
}

function readWith<T>(file: string, text: string, isSplit: boolean, read: (readers: Reader[]) => T[]): T[] {
  const lines = new LineCounter()
  const problems: Problem[] = []
  const documents = readYaml(file, text, lines)
  const lineOf = (node: Node | undefined) => lines.linePos(node?.range?.[0] ?? 0).line
  const report = (line: number, message: string) =>
    problems.push({ line, text: `${file}:${line}: ${message}` })
  const readers = documents.flatMap((document): Reader[] => {
    // What follows the first error of a document is mostly its consequence.
    const [error] = document.errors
    if (error !== undefined) {
      report(lines.linePos(error.pos[0]).line, error.message.split('\n')[0]!)
      return []
    }
    const wrong = wrongKeys(document)
    if (wrong !== undefined) {
      report(lineOf(wrong.at), wrong.text)
      return []
    }
    const root = document.contents as Node | null
    if (root === null) return []
    const roots: Path[] = isSplit && isSeq(root) ? root.items.map((_item, index) => [index]) : [[]]
    return roots.map(start => readerOf(document, start, file, lineOf, report))
  })
  const found = readers.length === 0 ? [] : read(readers)
  if (problems.length > 0) throw new UserError(listed(problems))
  return found
}

interface Problem {
  line: number
  text: string
}

const mostListed = 100

function listed(problems: readonly Problem[]): string {
  const texts = problems.toSorted((a, b) => a.line - b.line).map(({ text }) => text)
  const more = texts.length - mostListed
  return [...texts.slice(0, mostListed), ...(more > 0 ? [`and ${more} more`] : [])].join('\n')
}

function readerOf(
  document: Document,
  start: Path,
  file: string,
  lineOf: (node: Node) => number,
  report: (line: number, message: string) => void,
): Reader {
  const find = (path: Path) => nearest(document, [...start, ...path])
  const whole = (path: Path) => {
    const { node, complete } = find(path)
    return complete ? node : undefined
  }
  return {
    place: path => `${file}:${lineOf(find(path).node)}`,
    at: (...path) => {
      const node = whole(path)
      return isScalar(node) ? node.value : node
    },
    count: path => {
      const node = whole(path)
      return isSeq(node) ? node.items.length : 0
    },
    keys: path => {
      const node = whole(path)
      return isMap(node) ? node.items.map(({ key }) => (isScalar(key) ? String(key.value) : String(key))) : []
    },
    refuse: (path, expected) => {
      const { node, complete } = find(path)
      report(
        lineOf(node),
        `${path.join('.')}: expected ${expected}, got ${complete ? shown(node) : 'nothing'}`,
      )
      return undefined
    },
  }
}

export function readText({ at, refuse }: Pick<Reader, 'at' | 'refuse'>, path: Path): string | undefined {
  const value = at(...path)
  return typeof value === 'string' && value.trim() !== '' ? value : refuse(path, 'a text')
}

export function readDuration({ at, refuse }: Reader, path: Path, expected: string): number | undefined {
  try {
    return seconds(String(at(...path)))
  } catch {
    return refuse(path, expected)
  }
}

/** Of a rolling objective. */
export function readPeriod(reader: Reader, path: Path): number | undefined {
  return readDuration(reader, path, 'a period of days or weeks, such as 28d')
}

/** A map of texts, such as labels; numbers and switches are taken as they are written. */
export function readTexts(reader: Reader, path: Path): Record<string, string> {
  return Object.fromEntries(
    reader.keys(path).flatMap(key => {
      const value = reader.at(...path, key)
      if (['string', 'number', 'boolean'].includes(typeof value)) return [[key, String(value)]]
      reader.refuse([...path, key], 'a text')
      return []
    }),
  )
}

/** What is not understood must not be dropped without a word. */
export function onlyKnown(reader: Reader, path: Path, known: readonly string[]): void {
  for (const key of reader.keys(path))
    if (!known.includes(key)) reader.refuse([...path, key], `none but ${known.join(', ')}`)
}

/** The node at a path, or the last one on the way to it. */
function nearest(document: Document, path: Path): { node: Node; complete: boolean } {
  const resolved = (node: Node) => (isAlias(node) ? (node.resolve(document) ?? node) : node)
  let node = resolved(document.contents as Node)
  for (const step of path) {
    const next: unknown =
      'get' in node ? (node as { get: (key: unknown, keep: true) => unknown }).get(step, true) : undefined
    if (next === undefined || next === null) return { node, complete: false }
    node = resolved(next as Node)
  }
  return { node, complete: true }
}

function shown(node: Node): string {
  if (isScalar(node)) return JSON.stringify(node.value)
  return isMap(node) ? node.items.map(item => String(item.key)).join(', ') : 'a list'
}
