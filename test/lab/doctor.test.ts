/** `npm run lab -- doctor`: what would be in the way is named, and what is not is no problem. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { ports } from '../../contract/ports.ts'
import { freePorts } from '../support/ports.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-doctor-'))
const variables = Object.values(ports).flatMap(port => ('variable' in port ? [port.variable] : []))
const free = await freePorts(variables.length)
const env = Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])]))

afterAll(() => rmSync(folder, { recursive: true }))

function doctor(...args: string[]) {
  const all = ['scripts/lab.ts', 'doctor', `--data=${folder}`, ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, all, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  const lines = stdout.trimEnd().split('\n')
  return { status, stderr, lines, bad: lines.filter(line => line.startsWith('BAD')) }
}

test('a machine on which all is well', () => {
  const { status, lines, bad } = doctor()
  expect([status, bad]).toEqual([0, []])
  expect(lines.map(line => line.split(/ +/)[1])).toEqual([
    'version',
    ...Array(10).fill('port'),
    'folder',
    'space',
    'clock',
  ])
  // A lab without a shop and without a folder needs less.
  expect(doctor('--no-shop', '--memory').lines.map(line => line.split(/ +/)[1])).toEqual([
    'version',
    ...Array(3).fill('port'),
    'clock',
  ])
})

test('a port that is taken', async () => {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(Number(env.OTLP_HTTP_PORT), '127.0.0.1', resolve))
  const { status, bad } = doctor()
  server.close()
  expect([status, bad]).toEqual([
    1,
    [
      `BAD   port     ${env.OTLP_HTTP_PORT} for OTLP over HTTP is taken: stop what uses it, or set OTLP_HTTP_PORT to another one`,
    ],
  ])
})

test('a folder that is none, and too little space', () => {
  writeFileSync(join(folder, 'file'), '')
  const { status, bad } = doctor(`--data=${join(folder, 'file')}`)
  expect(status).toBe(1)
  expect(bad).toEqual([expect.stringContaining('expected a folder, got the file')])
  const huge = doctor('--size=1000GB')
  expect(huge.status).toBe(1)
  expect(huge.bad).toEqual([
    expect.stringMatching(/space .* MB free, and the lab may take 1,000,000 MB: make room/),
  ])
})

test('a clock that was set back since the lab kept something', () => {
  const data = join(folder, 'practice-own')
  mkdirSync(data, { recursive: true })
  writeFileSync(join(data, 'runs.json'), '[]')
  const later = new Date(Date.now() + 3_600_000)
  utimesSync(join(data, 'runs.json'), later, later)
  const { status, bad } = doctor('--no-shop')
  expect(status).toBe(1)
  expect(bad).toEqual([expect.stringContaining('but what is kept was written at')])
})

test('another word is wrong use', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/lab.ts', 'docter'], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain('Cannot use the lab: expected doctor, got "docter"; did you mean doctor?')
})
