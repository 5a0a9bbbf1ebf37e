/** The Postgres of the benchmark: a given one, else a real one of this machine, else the embedded one. */
import { startEmbeddedDatabase } from '../../test/support/lab-processes.ts'
import { findPostgres } from '../../test/support/programs.ts'
import { type RealServer, startPostgres } from '../../test/support/real-servers.ts'

export async function databaseForBench(): Promise<RealServer & { name: string }> {
  const url = process.env.DATABASE_URL
  if (url !== undefined && url !== '') return { name: 'DATABASE_URL', url, stop: async () => {} }
  const postgres = findPostgres()
  if ('bin' in postgres) return { name: 'Postgres', ...(await startPostgres(postgres.bin)) }
  return { name: 'the embedded database', ...(await startEmbeddedDatabase()) }
}
