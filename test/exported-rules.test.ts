/** What `export` and `slo generate` write for others, read by the programs that will read it there. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generateFiles } from '../export/slo-files/generate.ts'
import { importSlos } from '../export/slo-files/import.ts'
import { findAmtool, titled, whyMissing } from './support/programs.ts'
import { type WrittenFiles, writeFiles } from './support/promtool.ts'

const run = promisify(execFile)
const amtool = findAmtool()

const sloth = `version: prometheus/v1
service: books
slos:
  - name: lending
    objective: 99.5
    sli:
      events:
        error_query: sum(rate(loans_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(loans_total[{{.window}}]))
    alerting:
      page_alert: { labels: { severity: critical } }
      ticket_alert: { labels: { severity: warning } }
`

describe.skipIf('missing' in amtool)(titled('amtool', whyMissing(amtool)), () => {
  const program = 'program' in amtool ? amtool.program : ''
  let written: WrittenFiles

  beforeAll(() => {
    written = writeFiles(generateFiles(importSlos('sloth.yaml', sloth), {}).files)
  })

  afterAll(() => written.remove())

  test('check-config', async () => {
    const { stdout } = await run(program, ['check-config', written.at('alertmanager.yaml')])
    expect(stdout).toContain('SUCCESS')
  })

  test.each([
    ['page', ['alertname=LendingBurn', 'slo=books-lending', 'severity=critical', 'burn_tier=fast']],
    ['ticket', ['alertname=LendingBurn', 'slo=books-lending', 'severity=warning', 'burn_tier=slow']],
    ['page', ['alertname=SloDataAbsent', 'slo=books-lending', 'severity=critical']],
    ['ticket', ['alertname=SomethingNobodyPlannedFor']],
  ])('routes to %s: %j', async (receiver, labels) => {
    const { stdout } = await run(program, [
      ...['config', 'routes', 'test', `--config.file=${written.at('alertmanager.yaml')}`],
      ...[`--verify.receivers=${receiver}`, ...labels],
    ])
    expect(stdout.trim()).toBe(receiver)
  })
})
