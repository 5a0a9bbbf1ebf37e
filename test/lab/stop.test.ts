/** Ctrl-C while the lab's shop has only begun to start. */
import { expect, test } from 'vitest'
import { startLab } from '../support/running-lab.ts'

test('a lab that is stopped while its shop starts ends with 0', async () => {
  // The page answers before the shop's database can say where it listens.
  const lab = await startLab(['--no-load'])
  const { took, code } = await lab.stop()
  expect(code).toBe(0)
  expect(took).toBeLessThan(10_000)
})
