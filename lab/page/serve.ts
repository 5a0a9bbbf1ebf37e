/** The page's files by their path: HTML, scripts and style, bundled when they are first asked for. */
import { createHash } from 'node:crypto'
import { pathOf, type Route } from '../http.ts'
import { type Bundle, bundled } from './bundle.ts'
import { type PageAnswer, refuseWriting, sendPage } from './send.ts'

/** Paths that the browser's own code draws. */
const views = /^\/(d\/[\w.%-]+(\/[\w.%-]*)?|explore|alerts|alerting\/list|faults)?$/

/** `folder` is where bundles are kept, such as `.sightline/page`; without it every start bundles anew. */
export function pageRoute(folder?: string): Route {
  let bundle: Promise<Bundle> | undefined
  const files = () => {
    bundle ??= bundled(folder).catch((error: unknown) => {
      bundle = undefined
      throw error
    })
    return bundle
  }
  return {
    matches: path => views.test(path) || path.startsWith('/page/'),
    async handle(request, response) {
      refuseWriting(request, 'the page')
      const path = pathOf(request)
      const answer = path.startsWith('/page/')
        ? fileAnswer(await files(), path.slice('/page/'.length))
        : htmlAnswer(shell(await files()))
      sendPage(request, response, answer)
    },
  }
}

/** Scripts and style of this page alone, data from its own server alone, and no frame around it. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const safety = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
}

const encoder = new TextEncoder()

function htmlAnswer(html: string, status = 200): PageAnswer {
  const type = 'text/html; charset=utf-8'
  return { status, type, body: encoder.encode(html), headers: { ...safety, 'cache-control': 'no-cache' } }
}

function shell({ entry, style }: Bundle): string {
  return `<!doctype html>
<html lang="en" data-theme="dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sightline</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/${style}">
<script type="module" src="/page/${entry}"></script>
</head>
<body><noscript>This page draws its panels with JavaScript, which is off.</noscript></body>
</html>
`
}

const types: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}

/** Names carry a hash of their content, so a browser may keep them for good. */
function fileAnswer({ files }: Bundle, name: string): PageAnswer {
  const body = files.get(name)
  const type = types[name.split('.').at(-1)!]
  if (body === undefined || type === undefined)
    return htmlAnswer('<!doctype html><title>Not found</title><p>This page has no such file.', 404)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`
  return {
    status: 200,
    type,
    body,
    headers: { ...safety, etag, 'cache-control': 'public, max-age=31536000, immutable' },
  }
}
