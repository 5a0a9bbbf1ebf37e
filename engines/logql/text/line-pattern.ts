/** Patterns such as `<method> <path> <_> <status>`: names for parts of a line, and the texts between them. */

type PatternPart = { literal: string } | { name: string }

export function parsePattern(pattern: string): PatternPart[] {
  const parts: PatternPart[] = []
  let at = 0
  for (const { 0: whole, 1: name, index } of pattern.matchAll(/<([A-Za-z_][A-Za-z0-9_]*)>/g)) {
    if (index > at) parts.push({ literal: pattern.slice(at, index) })
    parts.push({ name: name! })
    at = index + whole.length
  }
  if (at < pattern.length) parts.push({ literal: pattern.slice(at) })
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1]
    if ('name' in part && next !== undefined && 'name' in next)
      throw new Error(
        `found consecutive capture '<${part.name}><${next.name}>': expected a text between them`,
      )
  }
  return parts
}

/** The pattern of a stage `| pattern`, which names a part at least, and none twice. */
export function parseCaptures(pattern: string): PatternPart[] {
  const parts = parsePattern(pattern)
  const names = parts.flatMap(part => ('name' in part && part.name !== '_' ? [part.name] : []))
  if (names.length === 0) throw new Error('at least one capture is required, such as <status>')
  const twice = names.find((name, index) => names.indexOf(name) < index)
  if (twice !== undefined) throw new Error(`duplicate capture name (${twice}): expected each name once`)
  return parts
}

/**
 * Calls `tell` with each name and its part of the line: `<method> <path>` finds `GET` and `/orders` in `GET /orders`.
 * Where the line lacks the text after a name, the name gets the rest of the line, and those after it nothing. Ends with
 * false as soon as `tell` answers false.
 */
export function capture(
  parts: readonly PatternPart[],
  line: string,
  tell: (name: string, value: string) => boolean,
): boolean {
  if (line === '') return true
  let at = 0
  let index = 0
  const first = parts[0]!
  if ('literal' in first) {
    if (!line.startsWith(first.literal)) return true
    at = first.literal.length
    index = 1
  }
  for (; index < parts.length; index += 2) {
    const { name } = parts[index] as { name: string }
    const literal = parts[index + 1] as { literal: string } | undefined
    const end = literal === undefined ? -1 : line.indexOf(literal.literal, at)
    if (name !== '_' && !tell(name, end < 0 ? line.slice(at) : line.slice(at, end))) return false
    if (end < 0) return true
    at = end + literal!.literal.length
  }
  return true
}

/** Whether the whole line fits the pattern of a filter `|>`, in which each `<_>` stands for a character or more. */
export function matchesPattern(parts: readonly PatternPart[], line: string): boolean {
  if (line === '' || parts.length === 0) return line === '' && parts.length === 0
  let at = 0
  for (const [index, part] of parts.entries()) {
    if ('name' in part) continue
    const found = line.indexOf(part.literal, at)
    if (found < 0 || (index !== 0 && found === at)) return false
    at = found + part.literal.length
  }
  return 'name' in parts.at(-1)! === (at !== line.length)
}
