/** `--open` gives the page to the desktop, and a machine without one to the log. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { getJson, startLab } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-open-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('the page is opened where the lab is', async () => {
  const opened = join(folder, 'opened')
  // As Linux and as a Mac call it.
  for (const name of ['xdg-open', 'open'])
    writeFileSync(join(folder, name), `#!/bin/sh\necho "$1" > ${opened}\n`, { mode: 0o755 })
  const lab = await startLab(['--no-shop', '--open'], { PATH: `${folder}:${process.env.PATH}` })
  const read = () => readFileSync(opened, 'utf8').trim()
  await expect.poll(read).toBe(`http://localhost:${new URL(lab.url).port}`)
  await lab.stop()
})

test('without a desktop the lab runs on', async () => {
  const lab = await startLab(['--no-shop', '--open'], { PATH: join(folder, 'nothing') })
  expect(await getJson(`${lab.url}/lab/api/status`)).toHaveProperty('preset')
  expect((await lab.stop()).code).toBe(0)
})
