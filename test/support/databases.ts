/** The databases a suite runs on: the embedded one always, a real Postgres where the machine has it. */

import { startEmbeddedDatabase } from './lab-processes.ts'
import { findPostgres, use, whyMissing } from './programs.ts'
import { type RealServer, startPostgres } from './real-servers.ts'

interface DatabaseUnderTest {
  name: string
  start: () => Promise<RealServer>
  /** Why it cannot be tested here. */
  missing?: string | undefined
}

const postgres = findPostgres()

export const databases: DatabaseUnderTest[] = [
  { name: 'the embedded database', start: () => startEmbeddedDatabase({ isEmpty: true }) },
  { name: 'Postgres', start: () => startPostgres(use(postgres).bin), missing: whyMissing(postgres) },
]
