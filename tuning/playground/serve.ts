/** The playground as a page of the lab. */
import { gzipSync } from 'node:zlib'
import { HttpError, type Route } from '../../lab/http.ts'
import { playgroundHtml } from './bundle.ts'

/** It is bundled when it is first asked for. */
export function playgroundRoute(): Route {
  let page: Promise<Buffer> | undefined
  return {
    matches: path => path === '/tuning',
    async handle(request, response) {
      if (request.method !== 'GET' && request.method !== 'HEAD')
        throw new HttpError(405, `Cannot ${request.method} the playground: expected GET`)
      page ??= playgroundHtml('/').then(html => Buffer.from(html))
      const html = await page.catch((error: unknown) => {
        page = undefined
        throw error
      })
      const isPacked = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
      const body = isPacked ? gzipSync(html) : html
      response.writeHead(200, {
        'content-type': 'text/html; charset=utf-8',
        'content-length': body.length,
        // What the page may load stands in the page itself; this one only works as a header.
        'content-security-policy': "frame-ancestors 'none'",
        'referrer-policy': 'same-origin',
        'cache-control': 'no-cache',
        vary: 'accept-encoding',
        ...(isPacked && { 'content-encoding': 'gzip' }),
      })
      response.end(request.method === 'HEAD' ? undefined : body)
    },
  }
}
