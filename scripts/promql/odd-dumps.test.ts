/** Dumps nobody meant to write: each ends with 1 and a line that names the place, within bounds of memory and time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'odd-dumps-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'dump.om')
const megabytes = 256

/** Of a process that may hold no more than that many megabytes of objects. */
async function promql(args: string[], input?: () => string) {
  const child = spawn(process.execPath, [`--max-old-space-size=${megabytes}`, 'scripts/promql.ts', ...args], {
    timeout: 50_000,
  })
  const ended = once(child, 'close')
  child.stdin.on('error', () => {})
  const write = () => {
    while (input !== undefined && child.stdin.writable && child.stdin.write(input()));
  }
  child.stdin.on('drain', write)
  if (input === undefined) child.stdin.end()
  else write()
  const [error, [code]] = await Promise.all([text(child.stderr), ended, text(child.stdout)])
  return { code, error }
}

test.each<[what: string, dump: string | Buffer, says: RegExp]>([
  ['a label without its end', 'up 1 1\nup{a="b" 2 2\n# EOF\n', /line 2: expected , or }\n.*\n *\^/],
  ['a value that is none', 'up 1 1\nup x 2\n# EOF\n', /line 2: expected a value/],
  ['a time that is none', 'up 1 noon\n# EOF\n', /line 1: expected/],
  ['bytes of gzip', gzipSync('up 1 1\n# EOF\n'), /line 1: expected/],
  ['UTF-16', Buffer.from('up 1 1\n# EOF\n', 'utf16le'), /line 1: expected/],
  ['a page of HTML', '<!doctype html><html></html>\n', /line 1: expected the name of a metric/],
  ['an answer in JSON', '{"status":"success"}\n', /line 1: expected/],
  ['a line of 3 MB', `up 1 1\nup{a="${'x'.repeat(3e6)}"} 1 2\n# EOF\n`, /lines of at most \d+ characters/],
])('%s', async (_, dump, says) => {
  writeFileSync(file, dump)
  for (const verb of [
    ['query', 'up'],
    ['serve', '--port=0'],
  ]) {
    const { code, error } = await promql([...verb, '--data', file])
    expect([code, error]).toEqual([1, expect.stringMatching(says)])
    expect(error).toContain('dump.om')
    expect(error.length).toBeLessThan(1000)
    expect(error).not.toMatch(/\n\s+at /)
  }
})

test('a dump of a million samples needs little more memory than they do', async () => {
  const line = (second: number) => `up{job="shop"} ${second % 2} ${second}\n`
  writeFileSync(file, `${Array.from({ length: 1e6 }, (_, second) => line(second)).join('')}# EOF\n`)
  expect(await promql(['query', 'up', '--data', file])).toEqual({ code: 0, error: '' })
})

test('input without end is given up', async () => {
  const endless = 'x'.repeat(1024 * 1024)
  const { code, error } = await promql(['query', 'up', '--data', '-'], () => endless)
  expect([code, error]).toEqual([1, expect.stringMatching(/standard input: expected/)])
}, 60_000)
