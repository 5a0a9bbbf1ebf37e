/** HTTP over kept connections with node:http, at two thirds of the CPU time that fetch takes for the same. */

import { Agent, type IncomingMessage, request } from 'node:http'

/** Far more than any answer of the shop that is kept; the export of orders is thrown away as it comes. */
const mostBytes = 8 * 1024 * 1024

export interface Call {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
  /** The body is read and thrown away, however long it is. */
  discard?: boolean
}

export interface Answer {
  status: number
  body: string
}

interface Client {
  send: (call: Call) => Promise<Answer>
  close: () => void
}

/** `timeout`: seconds until a request is given up, its whole answer included. */
export function createClient(baseUrl: string, maxSockets: number, timeout: number): Client {
  const { hostname, port } = new URL(baseUrl)
  const agent = new Agent({ keepAlive: true, maxSockets, scheduling: 'lifo' })

  function send(call: Call, isRetry = false): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { method, path, body } = call
      const headers = {
        ...call.headers,
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      }
      const sent = request({ hostname, port: port || 80, method, path, headers, agent }, response => {
        sent.off('error', fail).on('error', giveUp)
        read(response, call.discard ?? false).then(text => {
          clearTimeout(deadline)
          resolve({ status: response.statusCode!, body: text })
        }, giveUp)
      })
      const deadline = setTimeout(() => {
        giveUp(Object.assign(new Error('Timeout'), { code: 'timeout' }))
        sent.off('error', fail).on('error', () => {})
        sent.destroy()
      }, timeout * 1000)
      sent.on('error', fail)
      sent.end(body)

      /** The server may close an idle connection just as it is used again; every browser then sends anew. */
      function fail(error: NodeJS.ErrnoException): void {
        if (sent.reusedSocket && error.code === 'ECONNRESET' && !isRetry) {
          clearTimeout(deadline)
          send(call, true).then(resolve, reject)
        } else giveUp(error)
      }

      function giveUp(error: Error): void {
        clearTimeout(deadline)
        reject(error)
      }
    })
  }

  return { send: call => send(call), close: () => agent.destroy() }
}

async function read(response: IncomingMessage, discard: boolean): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (discard) continue
    bytes += chunk.length
    if (bytes > mostBytes) throw Object.assign(new Error('Answer too large'), { code: 'too_large' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
