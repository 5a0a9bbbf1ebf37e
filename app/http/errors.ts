/** Answers that refuse a request: a status, a name for machines and a sentence for people. */
import { STATUS_CODES } from 'node:http'

interface HttpError extends Error {
  statusCode: number
}

export function httpError(statusCode: number, message: string): HttpError {
  return Object.assign(new Error(message), { statusCode })
}

/** What every 503 tells its client to wait. */
export const retryAfterSeconds = 2

export const tryAgain = (why: string) => httpError(503, `${why}: try again in ${retryAfterSeconds} seconds`)

export const badRequest = (message: string) => httpError(400, message)

/** `Not Found` becomes `not_found`. */
function errorName(statusCode: number): string {
  return (STATUS_CODES[statusCode] ?? 'error').toLowerCase().replaceAll(/[^a-z]+/g, '_')
}

export function errorBody(statusCode: number, message: string): { error: string; message: string } {
  return { error: errorName(statusCode), message }
}
