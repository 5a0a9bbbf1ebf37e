/** The one database of logs and traces: a writer, and readers that never wait for it. */
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../contract/user-error.ts'

/** Of the tables below. A database of another version is refused, not guessed at. */
const version = 1

const schema = `
CREATE TABLE dictionary (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, text TEXT NOT NULL);

-- Lines of one stream and one level, packed. What is not settled may be put together with what comes.
CREATE TABLE streams (id INTEGER PRIMARY KEY, labels TEXT NOT NULL UNIQUE);
CREATE TABLE chunks (
  id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL, level TEXT NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, entries INTEGER NOT NULL, settled INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX chunks_by_time ON chunks (stream, level, last);
CREATE INDEX chunks_by_age ON chunks (last);
CREATE INDEX chunks_to_merge ON chunks (stream, level, first) WHERE settled = 0;
CREATE TABLE chunk_traces (trace BLOB NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (trace, chunk)) WITHOUT ROWID;
CREATE INDEX traces_of_chunk ON chunk_traces (chunk);

-- Times in milliseconds, the duration in nanoseconds. \`part\` is the newest part.
CREATE TABLE traces (
  id INTEGER PRIMARY KEY AUTOINCREMENT, trace BLOB NOT NULL UNIQUE, first INTEGER NOT NULL, last INTEGER NOT NULL,
  duration REAL NOT NULL, spans INTEGER NOT NULL, errors INTEGER NOT NULL, part INTEGER NOT NULL
);
CREATE INDEX traces_by_start ON traces (first);
CREATE INDEX traces_by_end ON traces (last);
CREATE INDEX traces_by_duration ON traces (duration);
CREATE INDEX traces_with_errors ON traces (first) WHERE errors > 0;
CREATE TABLE parts (id INTEGER PRIMARY KEY AUTOINCREMENT, trace INTEGER NOT NULL, body BLOB NOT NULL);
CREATE INDEX parts_of_trace ON parts (trace);
CREATE TABLE trace_services (service INTEGER NOT NULL, trace INTEGER NOT NULL, PRIMARY KEY (service, trace)) WITHOUT ROWID;
CREATE INDEX services_of_trace ON trace_services (trace);

CREATE TABLE pins (id TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
PRAGMA user_version = ${version};
`

export function openForWriting(path: string): DatabaseSync {
  const database = open(path, false)
  // What a crash of the process leaves is whole; a crash of the machine may cost the last seconds.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 8388608')
  const found = versionOf(database)
  if (found === 0) database.exec(`BEGIN; ${schema}; COMMIT`)
  else if (found !== version) {
    database.close()
    throw new UserError({
      action: `use ${path}`,
      expected: `a database of version ${version}`,
      got: `version ${found}`,
      hint: 'Another version of the lab wrote it: move the folder away, or delete it to begin anew',
    })
  }
  return database
}

export function openForReading(path: string): DatabaseSync {
  return open(path, true)
}

function open(path: string, readOnly: boolean): DatabaseSync {
  try {
    const database = new DatabaseSync(path, { readOnly, timeout: 5000 })
    versionOf(database)
    return database
  } catch (error) {
    throw new UserError({
      action: `open ${path}`,
      expected: 'a database of the lab',
      got: (error as Error).message,
      hint: 'Move the folder away, or delete it to begin anew',
    })
  }
}

function versionOf(database: DatabaseSync): number {
  return (database.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
}

/** All of it or nothing. */
export function transaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

/** What readers see of one moment, whatever is written meanwhile. */
export function snapshot<Result>(database: DatabaseSync, work: () => Result): Result {
  return transaction(database, work)
}
