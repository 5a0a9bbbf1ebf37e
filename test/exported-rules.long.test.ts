/** Every rule test that comes along with an export, of pages and tickets, by promtool. */
import { describe, test } from 'vitest'
import { expectToPass, foreign, project } from './support/exported-rules.ts'
import { findPromtool, titled, whyMissing } from './support/programs.ts'

const promtool = findPromtool()

describe.skipIf('missing' in promtool)(titled('promtool', whyMissing(promtool)), () => {
  const program = 'program' in promtool ? promtool.program : ''

  test.each([
    ['names of its own', foreign],
    ['a mixin', { ...project, format: 'mixin' }],
    ['resources', { ...project, format: 'operator' }],
  ] as const)('all tests that come along pass: %s', { timeout: 1_200_000 }, async (_, given) => {
    await expectToPass(program, given, [
      ...['slo-checkout-availability', 'slo-checkout-availability-slow'],
      ...['slo-checkout-latency', 'slo-checkout-latency-slow'],
      ...['causes-process', 'causes-dependency'],
    ])
  })
})
