/** How PGlite is set up: as small as the shop's data, and without what only a server or a disk needs. */
import { PGlite, type PGliteOptions } from '@electric-sql/pglite'

export function settings(folder: string | undefined): PGliteOptions {
  const parameters = [
    // Its files are in memory already, or in the system's cache, so buffers of its own hold everything twice.
    'shared_buffers=16MB',
    // A piece of the log that is no longer needed goes, instead of being kept for the next.
    'wal_recycle=off',
    'min_wal_size=32MB',
    // Nobody replicates from here.
    'wal_level=minimal',
    'max_wal_senders=0',
    // What is in memory is gone after a crash in any case.
    ...(folder === undefined ? ['full_page_writes=off'] : []),
  ]
  return {
    ...(folder === undefined ? {} : { dataDir: folder }),
    startParams: [...PGlite.defaultStartParams, ...parameters.flatMap(each => ['-c', each])],
    // The log is cut into pieces of one megabyte: each takes up its whole size from the start.
    initDbStartParams: ['--wal-segsize=1'],
  }
}
