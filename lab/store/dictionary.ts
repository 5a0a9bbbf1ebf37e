/**
 * Texts that come again and again, such as attributes with their values, are stored once and named by a number. A text
 * that likely never comes again, such as the number of an order, is written out where it stands.
 */
import type { DatabaseSync } from 'node:sqlite'

export interface WritingDictionary {
  /** The number of a text; undefined where it is to be written out. `group` is what has few values or many, as a key. */
  number(kind: string, text: string, group: string): number | undefined
  /** After a transaction that was rolled back. */
  forget(): void
}

/** Values of one attribute beyond these are written out. */
const mostOfAGroup = 1000
const most = 200_000
const longest = 16_384

export function writingDictionary(database: DatabaseSync): WritingDictionary {
  const insert = database.prepare('INSERT INTO dictionary (kind, text) VALUES (?, ?)')
  const numbers = new Map<string, number>()
  const groups = new Map<string, number>()
  const keyOf = (kind: string, text: string) => `${kind}\n${text}`

  function load(): void {
    numbers.clear()
    groups.clear()
    for (const row of database.prepare('SELECT id, kind, text FROM dictionary').iterate()) {
      const { id, kind, text } = row as { id: number; kind: string; text: string }
      numbers.set(keyOf(kind, text), id)
    }
  }

  load()
  return {
    number(kind, text, group) {
      const key = keyOf(kind, text)
      const known = numbers.get(key)
      if (known !== undefined) return known
      const groupKey = keyOf(kind, group)
      const count = groups.get(groupKey) ?? 0
      if (count >= mostOfAGroup || numbers.size >= most || text.length > longest) return undefined
      const id = Number(insert.run(kind, text).lastInsertRowid)
      numbers.set(key, id)
      groups.set(groupKey, count + 1)
      return id
    },
    forget: load,
  }
}

/** What the numbers stand for, read as far as it is needed. */
export function readingDictionary(database: DatabaseSync): (id: number) => unknown {
  const newer = database.prepare('SELECT id, text FROM dictionary WHERE id > ? ORDER BY id')
  const values: unknown[] = []
  return id => {
    if (id >= values.length)
      for (const row of newer.iterate(values.length - 1)) {
        const { id: found, text } = row as { id: number; text: string }
        values[found] = parseValue(text)
      }
    if (values[id] === undefined) throw new Error(`Cannot read the store: it has no text number ${id}`)
    return values[id]
  }
}

/** JSON that also bears 64 bits, NaN and infinities. */
export function valueText(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (typeof each === 'bigint') return { $: String(each) }
    return typeof each === 'number' && !Number.isFinite(each) ? { $: String(each) } : each
  })
}

export function parseValue(text: string): unknown {
  if (!text.includes('{"$":"')) return JSON.parse(text)
  return JSON.parse(text, (_, each) => {
    if (typeof each?.$ !== 'string' || Object.keys(each).length !== 1) return each
    return /^-?\d+$/.test(each.$) ? BigInt(each.$) : Number(each.$)
  })
}
