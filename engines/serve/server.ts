/** Serves the API of an engine over HTTP, with bounds on what comes in, waits and goes out. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer, ErrorAnswer } from './answer.ts'
import type { Evaluator } from './evaluator.ts'

interface Api {
  /** Undefined where there is nothing at the path. */
  endpointAt(path: string): { post: boolean } | undefined
  /** Answers that need no data, such as whether the server is there. */
  fixed: { readonly [path: string]: Answer | undefined }
  errorAnswer: ErrorAnswer
}

/** Who may come in, and for how long: the engines leave that to whoever runs the server. */
export interface Door {
  /** Why a request is not answered. */
  refuse(request: IncomingMessage): { status: number; message: string } | undefined
  /** Sets the deadlines and the number of connections. */
  bound(server: Server): void
}

/** Lets everybody in: for tests, whose port nobody else knows. */
export const openDoor: Door = { refuse: () => undefined, bound: () => {} }

export interface Address {
  port: number
  door: Door
  /** 127.0.0.1 by default: queries are cheap to make expensive, and nothing asks who is there. */
  host?: string | undefined
}

export interface Serving<Loaded> {
  url: string
  loaded: Loaded
  close(): Promise<void>
}

const longestBody = 256 * 1024
const longestHeader = 64 * 1024
/** Answers that wait for slow clients, together. */
const mostUnsent = 512 * 1024 * 1024

type Respond = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Answers requests that a server has let in. */
export function responder(
  evaluator: Pick<Evaluator<unknown>, 'answer'>,
  { endpointAt, fixed, errorAnswer }: Api,
  refuse: Door['refuse'] = openDoor.refuse,
): Respond {
  let unsent = 0

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    const { status, body, type = 'application/json' } = await answerTo(request, gone.signal)
    const bytes = Buffer.from(body)
    unsent += bytes.length
    response.on('close', () => {
      unsent -= bytes.length
    })
    response.writeHead(status, {
      'content-type': type,
      'content-length': bytes.length,
      'x-content-type-options': 'nosniff',
      ...(status === 413 && { connection: 'close' }),
    })
    response.end(request.method === 'HEAD' ? undefined : bytes)
  }

  async function answerTo(request: IncomingMessage, signal: AbortSignal): Promise<Answer> {
    const refused = refuse(request)
    if (refused !== undefined) return errorAnswer(refused.status, 'bad_data', refused.message)
    const target = request.url ?? '/'
    const [path = '/'] = target.split('?', 1)
    const ready = Object.hasOwn(fixed, path) ? fixed[path] : undefined
    if (ready !== undefined) return ready
    const endpoint = endpointAt(path)
    if (endpoint === undefined) return errorAnswer(404, 'not_found', `no such path: ${path.slice(0, 200)}`)
    const isPost = request.method === 'POST'
    if (!(request.method === 'GET' || request.method === 'HEAD' || (isPost && endpoint.post)))
      return errorAnswer(
        405,
        'bad_data',
        `expected GET${endpoint.post ? ' or POST' : ''}, got ${request.method}`,
      )
    if (unsent > mostUnsent) return errorAnswer(503, 'unavailable', 'too many answers are still being read')
    const body = isPost ? await bodyOf(request) : ''
    if (body === undefined)
      return errorAnswer(413, 'bad_data', `expected a body of at most ${longestBody} bytes`)
    const parameters = parametersOf(body, target.slice(path.length + 1))
    // The thread that answers sees no headers: the one that changes an answer's form goes as a parameter.
    parameters.set('accept', request.headers.accept ?? '')
    return evaluator.answer(path, parameters, signal)
  }

  return respond
}

/** Ends the evaluator when it is closed, and where it cannot listen. */
export async function serveApi<Loaded>(
  evaluator: Evaluator<Loaded>,
  api: Api,
  { port, host = '127.0.0.1', door }: Address,
): Promise<Serving<Loaded>> {
  const respond = responder(evaluator, api, door.refuse)

  const server = createServer(
    { maxHeaderSize: longestHeader, connectionsCheckingInterval: 1000 },
    (request, response) => {
      respond(request, response).catch(() => response.destroy())
    },
  )
  door.bound(server)
  try {
    await listening(server, port, host)
  } catch (error) {
    await evaluator.close()
    throw error
  }
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return {
    url: `http://${name}:${address.port}`,
    loaded: evaluator.loaded,
    async close() {
      await new Promise(resolve => {
        server.close(resolve)
        server.closeAllConnections()
      })
      await evaluator.close()
    },
  }
}

function listening(server: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Cannot serve on ${host}:${port}: the port is taken, choose another with --port`)
          : new Error(
              `Cannot serve on ${host}:${port}: expected an address of this machine, got ${error.code}`,
            ),
      ),
    )
    server.listen(port, host, resolve)
  })
}

/** As Go's forms: what the body says comes before what the address says. */
function parametersOf(body: string, search: string): URLSearchParams {
  return new URLSearchParams([...new URLSearchParams(body), ...new URLSearchParams(search)])
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request) {
    length += part.length
    if (length > longestBody) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
