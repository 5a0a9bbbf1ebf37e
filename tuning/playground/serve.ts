/** The playground as a page of the lab. */
import type { Route } from '../../lab/http.ts'
import { refuseWriting, sendPage } from '../../lab/page/send.ts'
import { playgroundHtml } from './bundle.ts'

/** It is bundled when it is first asked for. */
export function playgroundRoute(): Route {
  let page: Promise<Buffer> | undefined
  return {
    matches: path => path === '/tuning',
    async handle(request, response) {
      refuseWriting(request, 'the playground')
      page ??= playgroundHtml('/').then(html => Buffer.from(html))
      const body = await page.catch((error: unknown) => {
        page = undefined
        throw error
      })
      sendPage(request, response, {
        status: 200,
        type: 'text/html; charset=utf-8',
        body,
        headers: {
          // What the page may load stands in the page itself; this one only works as a header.
          'content-security-policy': "frame-ancestors 'none'",
          'referrer-policy': 'same-origin',
          'cache-control': 'no-cache',
        },
      })
    },
  }
}
