/** What the documents promise exists: commands, their options, and the places they point to. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts as Record<string, string>
const documents = ['*.md', '{docs,otel,dashboards,alerts,compose,examples,promql}/**/*.md']
  .flatMap(pattern => globSync(pattern, { cwd: root }))
  .filter(path => !path.includes('node_modules'))
  .toSorted()

interface Command {
  document: string
  script: string
  rest: string
}

const commands: Command[] = documents.flatMap(document =>
  codeIn(read(document)).flatMap(code =>
    [...code.matchAll(/npm run ([\w:]+)(?: -- ([^\n#`|]*))?/g)].map(([, script = '', rest = '']) => ({
      document,
      script,
      rest: rest.trim(),
    })),
  ),
)

test('there are documents and commands to check', () => {
  expect(documents).toContain('README.md')
  expect(commands.length).toBeGreaterThan(3)
})

test.each(commands)('$document: npm run $script -- $rest', ({ script, rest }) => {
  expect(Object.keys(scripts)).toContain(script)
  const file = /^node (scripts\/[\w-]+\.ts)/.exec(scripts[script]!)?.[1]
  if (file === undefined) return
  const options = rest.match(/(?<=^|\s)--[a-z][a-z-]*/g) ?? []
  const words = script === 'bench' ? rest.split(' ').slice(0, 1) : []
  const help = execFileSync(process.execPath, [file, ...words, '--help'], { cwd: root, encoding: 'utf8' })
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

/** Fenced blocks and inline code. */
function codeIn(text: string): string[] {
  const fenced = [...text.matchAll(/```[\w-]*\n([\s\S]*?)```/g)].map(match => match[1]!)
  const inline = [...text.replaceAll(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(match => match[1]!)
  return [...fenced, ...inline]
}

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8')
}
