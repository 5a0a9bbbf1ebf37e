/** What the documents promise exists: commands, their options, and the places they point to. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { blocksOf, documents, inlineCodeOf, read, root } from './support/documents.ts'

const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>

interface Command {
  document: string
  script: string
  rest: string
}

const commands: Command[] = documents.flatMap(document =>
  [...blocksOf(document).map(({ code }) => code), ...inlineCodeOf(document)].flatMap(code =>
    [...code.matchAll(/npm run ([\w:]+)(?: -- ([^\n#`|]*))?/g)].map(([, script = '', rest = '']) => ({
      document,
      script,
      rest: rest.trim(),
    })),
  ),
)

test('there are documents and commands to check', () => {
  expect(documents).toEqual(
    expect.arrayContaining(['README.md', 'engines/promql/README.md', 'otel/README.md']),
  )
  expect(commands.length).toBeGreaterThan(30)
})

test.each(commands)('$document: npm run $script -- $rest', async ({ script, rest }) => {
  expect(Object.keys(scripts)).toContain(script)
  const file = /^node (scripts\/[\w-]+\.ts)/.exec(scripts[script]!)?.[1]
  if (file === undefined) return
  const options = rest.match(/(?<=^|\s)--[a-z][a-z-]*/g) ?? []
  const hasVerbs = ['bench', 'tune'].includes(script)
  const words = hasVerbs ? rest.split(' ', 1).filter(word => /^[a-z]/.test(word)) : []
  const help = await helpOf(file, words)
  for (const option of options.filter(option => option !== '--help'))
    expect(help, `the help of ${script}`).toContain(option)
})

describe.each(documents)('%s', document => {
  test('its links lead somewhere', () => {
    const broken = [...read(document).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .map(match => match[1]!)
      .filter(target => !existsSync(join(root, dirname(document), target)))
    expect(broken).toEqual([])
  })
})

/** Most commands stand in many places, and a start takes half a second. */
const helps = new Map<string, Promise<string>>()

function helpOf(file: string, words: readonly string[]): Promise<string> {
  const key = [file, ...words].join(' ')
  const known = helps.get(key) ?? askForHelp(file, words)
  helps.set(key, known)
  return known
}

async function askForHelp(file: string, words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...words, '--help'], { cwd: root })
  return stdout
}
