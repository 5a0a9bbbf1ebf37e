/** Who may import whom: every room has a number, and a file imports only from lower ones. */
import type { Import, SourceFile } from './read.ts'

export const rooms: { readonly [folder: string]: number } = {
  otel: 0,
  contract: 1,
  engines: 2,
  app: 3,
  alerts: 4,
  dashboards: 5,
  compose: 6,
  export: 7,
  lab: 8,
  tuning: 9,
  scripts: 10,
}

/** They run the product and import any room; no room but scripts/ imports them. */
const outside = ['test', 'bench', 'examples']

/** What tests share. Tests that are taken along with their folder cannot use it. */
const sharedByTests = 'test/support'

/** Taken and published whole, so that they import nothing else of ours. */
const takenWhole = ['otel', 'engines']

/** In `tuning/`: the playground runs them in a browser. */
const tuningFoldersForBrowsers = [
  'browser',
  'explain',
  'policies',
  'report',
  'scenarios',
  'score',
  'simulate',
]

/** In `engines/`: everything else runs in a browser as well. */
const engineFoldersForNode = ['serve', 'diff', 'replay', 'fuzz', 'cases', 'files']

interface Violation {
  file: string
  line: number
  imported: string
  reason: string
}

export function violationsOf(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap(({ line, imported }) => {
      const reason = refusal(path, imported)
      return reason === undefined ? [] : [{ file: path, line, imported, reason }]
    }),
  )
}

/** The room of a file, or `test`, `bench`, `examples`; of a file at the root and of a package none. */
export function roomOf(path: string): string | undefined {
  const first = path.split('/')[0]!
  return path.includes('/') && (first in rooms || outside.includes(first)) ? first : undefined
}

/** Why `file` may not import `imported`, or undefined. */
function refusal(file: string, imported: Import['imported']): string | undefined {
  if (imported.startsWith('node:')) return nodeRefusal(file)
  if (imported.startsWith('generated/'))
    return 'no code imports generated/: import the definition it was made from'
  const [from, to] = [roomOf(file), roomOf(imported)]
  if (from === undefined || to === undefined || from === to) return undefined
  const isTest = file.endsWith('.test.ts')
  if (takenWhole.includes(from)) return `${from}/ imports nothing of ours, because it is published whole`
  if (outside.includes(to)) {
    if (isTest && imported.startsWith(`${sharedByTests}/`)) return undefined
    if (outside.includes(from) || from === 'scripts') return undefined
    return `no room imports ${to}/, which runs the product`
  }
  if (to === 'scripts')
    return from === 'test'
      ? undefined
      : 'nothing imports scripts/: move the shared part to the room it belongs to'
  if (outside.includes(from)) return undefined
  if (from === 'contract' && imported !== 'otel/signals.ts')
    return 'contract/ imports only otel/signals.ts of the other rooms'
  return rooms[to]! < rooms[from]!
    ? undefined
    : `${from}/ (${rooms[from]}) imports only from lower numbers, and ${to}/ has ${rooms[to]}`
}

function nodeRefusal(file: string): string | undefined {
  const [room, ...folders] = file.split('/').slice(0, -1)
  if (file.endsWith('.test.ts')) return undefined
  if (room === 'tuning' && folders.some(folder => tuningFoldersForBrowsers.includes(folder)))
    return 'it runs in a browser as well, in the playground'
  if (room !== 'engines') return undefined
  if (folders.some(folder => engineFoldersForNode.includes(folder))) return undefined
  return `it runs in a browser as well: in engines/ only ${engineFoldersForNode.join(', ')} import modules of Node`
}
