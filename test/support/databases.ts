/** The databases a suite runs on: the embedded one always, a real Postgres where the machine has it. */

import { startEmbeddedDatabase } from './lab-processes.ts'
import { findPostgres, type RealServer, startPostgres } from './real-servers.ts'

export interface DatabaseUnderTest {
  name: string
  start: () => Promise<RealServer>
  /** Why it cannot be tested here. */
  missing?: string
}

const postgres = findPostgres()

export const databases: DatabaseUnderTest[] = [
  { name: 'the embedded database', start: startEmbeddedDatabase },
  'bin' in postgres
    ? { name: 'Postgres', start: () => startPostgres(postgres.bin) }
    : {
        name: 'Postgres',
        start: () => Promise.reject(new Error(postgres.missing)),
        missing: postgres.missing,
      },
]

for (const { name, missing } of databases)
  if (missing !== undefined) console.warn(`Skipped on ${name}: ${missing}`)
