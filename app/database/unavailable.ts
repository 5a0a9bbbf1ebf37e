/** What a caller may hear of an error that is the database's state, not his request; undefined for any other error. */
export function unavailability(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.message === 'timeout exceeded when trying to connect') return 'No database connection was free'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isLost = lostCodes.test(code) || /^Connection terminated|not queryable/.test(error.message)
  return isLost ? 'The database cannot be reached' : undefined
}

/** Of the socket; and of Postgres: no connection, too many of them, shutting down, crashed, starting. */
const lostCodes =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|EAI_AGAIN|ENOTFOUND|08...|53300|57P0[1-3])$/
