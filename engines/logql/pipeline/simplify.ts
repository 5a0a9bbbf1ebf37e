/**
 * Loki turns simple regular expressions into searches for texts, and the result is not always the same: `=~ "foo.*"` of a
 * label finds `foo` anywhere in it, and in `|~ "foo|.*"` the branch that matches everything is left out. This finds what
 * Loki would make of an expression; undefined where it leaves it a regular expression.
 */

import { type Node, parsePattern } from '../../regex/parse.ts'

export type TextFilter =
  | { kind: 'all' }
  | { kind: 'not empty' }
  | { kind: 'text'; text: string; isWhole: boolean; ignoreCase: boolean }
  | { kind: 'any'; of: readonly TextFilter[] }

/** The expression as Go's parser arranges it. */
type Tree =
  | { kind: 'text'; text: string; ignoreCase: boolean }
  | { kind: 'any text' | 'some text' | 'empty' }
  | { kind: 'sequence' | 'choice'; parts: readonly Tree[] }
  /** One of several characters, or what else is no text. */
  | { kind: 'class' | 'other' }

export function simplifyRegex(pattern: string, isLabel: boolean): TextFilter | undefined {
  return simplify(treeOf(parsePattern(pattern, false).root), isLabel)
}

function simplify(tree: Tree, isLabel: boolean): TextFilter | undefined {
  switch (tree.kind) {
    case 'text':
      return textFilter(tree.text, tree.ignoreCase, isLabel)
    case 'any text':
    case 'empty':
      return { kind: 'all' }
    case 'some text':
      return { kind: 'not empty' }
    case 'choice': {
      const filters = tree.parts.map(part => simplify(part, isLabel))
      return filters.every(filter => filter !== undefined) ? anyOf(filters) : undefined
    }
    case 'sequence':
      return simplifySequence(tree.parts, '')
    default:
      return undefined
  }
}

function textFilter(text: string, ignoreCase: boolean, isWhole: boolean): TextFilter {
  if (text === '' && !isWhole) return { kind: 'all' }
  return { kind: 'text', text: ignoreCase ? text.toLowerCase() : text, isWhole, ignoreCase }
}

/** A branch that matches everything does not count beside others. */
export function anyOf(filters: readonly TextFilter[]): TextFilter {
  const narrow = filters.filter(({ kind }) => kind !== 'all')
  if (narrow.length === 0) return { kind: 'all' }
  return narrow.length === 1 ? narrow[0]! : { kind: 'any', of: narrow }
}

/** A text with anything around it, or with one of several texts behind it. */
function simplifySequence(parts: readonly Tree[], before: string): TextFilter | undefined {
  const solid = parts.filter(({ kind }) => kind !== 'empty')
  if (solid.length > 3) return undefined
  let text: string | undefined = before === '' ? undefined : before
  let hasText = false
  let ignoreCase = false
  let found: TextFilter | undefined
  for (const part of solid) {
    if (part.kind === 'text') {
      if (hasText) return undefined
      hasText = true
      text = (text ?? '') + part.text
      ignoreCase = part.ignoreCase
    } else if (part.kind === 'choice' && text !== undefined) {
      found = simplifyBranches(part.parts, text, ignoreCase, found)
      if (found === undefined) return undefined
    } else if (part.kind !== 'any text') return undefined
  }
  return found ?? (text === undefined ? undefined : textFilter(text, ignoreCase, false))
}

function simplifyBranches(
  branches: readonly Tree[],
  before: string,
  ignoreCase: boolean,
  soFar: TextFilter | undefined,
): TextFilter | undefined {
  const filters: TextFilter[] = soFar === undefined ? [] : [soFar]
  for (const branch of branches) {
    if (branch.kind === 'empty' || branch.kind === 'any text')
      filters.push(textFilter(before, ignoreCase, false))
    else if (branch.kind === 'text') {
      if (branch.ignoreCase && !ignoreCase) return undefined
      filters.push(textFilter(before + branch.text, ignoreCase, false))
    } else if (branch.kind === 'sequence') {
      const filter = simplifySequence(branch.parts, before)
      if (filter === undefined) return undefined
      filters.push(filter)
    } else return undefined
  }
  return anyOf(filters)
}

function treeOf(node: Node): Tree {
  switch (node.kind) {
    case 'character':
      return characterOf(node.source)
    case 'sequence':
      return sequenceOf(node.parts.map(treeOf))
    case 'choice':
      return choiceOf(node.branches.map(treeOf))
    case 'group':
      return treeOf(node.inner)
    case 'repetition': {
      const isAny = node.inner.kind === 'character' && node.inner.source === '[^\\n]'
      if (!isAny || node.most !== Infinity || node.least > 1) return { kind: 'other' }
      return { kind: node.least === 0 ? 'any text' : 'some text' }
    }
    case 'assertion':
      return { kind: 'other' }
  }
}

function characterOf(source: string): Tree {
  const folded = /^\(\?i:(.*)\)$/su.exec(source)
  const bare = folded?.[1] ?? source
  const text = /^\\[\\^$.*+?()[\]{}|/]$/.test(bare) ? bare.slice(1) : bare
  if ([...text].length !== 1) return { kind: 'class' }
  return { kind: 'text', text, ignoreCase: folded !== null }
}

function sequenceOf(parts: readonly Tree[]): Tree {
  const merged: Tree[] = []
  for (const part of parts.flatMap(one => (one.kind === 'sequence' ? one.parts : [one]))) {
    const last = merged.at(-1)
    if (part.kind === 'text' && last?.kind === 'text' && last.ignoreCase === part.ignoreCase)
      merged[merged.length - 1] = { ...last, text: last.text + part.text }
    else merged.push(part)
  }
  if (merged.length === 0) return { kind: 'empty' }
  return merged.length === 1 ? merged[0]! : { kind: 'sequence', parts: merged }
}

/** Branches side by side that begin with the same text share it: `info|infra` is `inf(?:o|ra)`. */
function choiceOf(branches: readonly Tree[]): Tree {
  const shared: Tree[] = []
  for (let from = 0; from < branches.length; ) {
    const first = headOf(branches[from]!)
    let prefix = first?.text ?? ''
    let to = from + 1
    for (; to < branches.length && first !== undefined; to++) {
      const next = headOf(branches[to]!)
      const common = next?.ignoreCase === first.ignoreCase ? commonPrefix(prefix, next.text) : ''
      if (common === '') break
      prefix = common
    }
    if (first === undefined || to === from + 1) shared.push(branches[from++]!)
    else {
      const rests = branches.slice(from, to).map(branch => withoutHead(branch, prefix.length))
      shared.push(sequenceOf([{ ...first, text: prefix }, choiceOf(rests)]))
      from = to
    }
  }
  return withClasses(shared)
}

/** Characters side by side become one class. */
function withClasses(branches: readonly Tree[]): Tree {
  const isCharacter = (tree: Tree | undefined) =>
    tree?.kind === 'class' || (tree?.kind === 'text' && [...tree.text].length === 1)
  const kept: Tree[] = []
  branches.forEach((branch, index) => {
    const isOneOfMany =
      isCharacter(branch) && (isCharacter(branches[index - 1]) || isCharacter(branches[index + 1]))
    if (isOneOfMany && isCharacter(branches[index - 1])) return
    if (branch.kind === 'empty' && branches[index - 1]?.kind === 'empty') return
    kept.push(isOneOfMany ? { kind: 'class' } : branch)
  })
  return kept.length === 1 ? kept[0]! : { kind: 'choice', parts: kept }
}

function headOf(tree: Tree): Extract<Tree, { kind: 'text' }> | undefined {
  if (tree.kind === 'text') return tree
  const first = tree.kind === 'sequence' ? tree.parts[0] : undefined
  return first?.kind === 'text' ? first : undefined
}

function withoutHead(tree: Tree, length: number): Tree {
  if (tree.kind === 'text')
    return tree.text.length === length ? { kind: 'empty' } : { ...tree, text: tree.text.slice(length) }
  if (tree.kind !== 'sequence') return tree
  const [head, ...rest] = tree.parts
  return sequenceOf([withoutHead(head!, length), ...rest].filter(({ kind }) => kind !== 'empty'))
}

function commonPrefix(a: string, b: string): string {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return a.slice(0, length)
}
