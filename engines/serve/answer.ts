/** What goes between a server, the thread that answers its queries, and the API of an engine. */

export interface Answer {
  status: number
  body: string | Uint8Array
  /** The media type; JSON where it is left out. */
  type?: string | undefined
}

/** What went wrong, in Prometheus' words. */
export type ErrorKind =
  | 'not_found'
  | 'bad_data'
  | 'unavailable'
  | 'timeout'
  | 'canceled'
  | 'execution'
  | 'internal'

/** An error in the form of the API. */
export type ErrorAnswer = (status: number, kind: ErrorKind, message: string) => Answer

export interface Request {
  id: number
  path: string
  parameters: string
}

export type FromWorker<Loaded> =
  | { kind: 'loaded'; loaded: Loaded }
  | { kind: 'unloadable'; message: string }
  | ({ kind: 'answer'; id: number } & Answer)
