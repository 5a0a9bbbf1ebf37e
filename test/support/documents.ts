/** The Markdown of this repository, and the code in it. */

import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

export const documents = globSync('**/*.md', {
  cwd: root,
  exclude: ['node_modules', '.data', 'generated'],
}).toSorted()

export interface Block {
  document: string
  /** What stands after the three backticks. */
  language: string
  code: string
}

export function blocksOf(document: string): Block[] {
  const fences = read(document).matchAll(/^( *)```([\w-]*)\n([\s\S]*?)^\1```/gm)
  return [...fences].map(([, indent = '', language = '', code = '']) => ({
    document,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }))
}

export function inlineCodeOf(document: string): string[] {
  const prose = read(document).replaceAll(/```[\s\S]*?```/g, '')
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}

export function read(document: string): string {
  return readFileSync(`${root}/${document}`, 'utf8')
}
