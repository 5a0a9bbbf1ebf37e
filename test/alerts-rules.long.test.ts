/** promtool on the rule tests of every preset; `alerts-rules.test.ts` has it run those of the practice preset. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outputs } from '../alerts/outputs.ts'
import { practice } from '../contract/windows.ts'
import { findPromtool, titled, use, whyMissing } from './support/programs.ts'
import { runRuleTests, type Verdict, type WrittenFiles, writeFiles } from './support/promtool.ts'

const promtool = findPromtool()

describe.skipIf('missing' in promtool)(titled('promtool', whyMissing(promtool)), () => {
  const paths = Object.keys(outputs()).filter(
    path => path.startsWith('rules-tests/') && !path.startsWith(`rules-tests/${practice.name}/`),
  )
  let written: WrittenFiles
  let verdicts: ReadonlyMap<string, Promise<Verdict>>

  beforeAll(() => {
    written = writeFiles(outputs())
    verdicts = runRuleTests(use(promtool).program, written, paths)
  })

  afterAll(async () => {
    await Promise.all(verdicts.values())
    written.remove()
  })

  test.each(paths)('test rules %s', { timeout: 900_000 }, async path => {
    expect(await verdicts.get(path)).toMatchObject({ passed: true })
  })
})
