/** What a caller may hear of an error that is the database's state, not his request; undefined for any other error. */
export function unavailability(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.message === 'timeout exceeded when trying to connect') return 'No database connection was free'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (busyCodes.test(code)) return 'The database is busy'
  const isLost = lostCodes.test(code) || /^Connection terminated|not queryable/.test(error.message)
  return isLost ? 'The database cannot be reached' : undefined
}

/** A statement or a wait for a lock took longer than it may, or lost to another one: the next try may not. */
const busyCodes = /^(57014|55P03|40P01|40001|25P03)$/

/** Of the socket; and of Postgres: no connection, too many of them, shutting down, crashed, starting. */
const lostCodes =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|EAI_AGAIN|ENOTFOUND|08...|53300|57P0[1-3])$/
