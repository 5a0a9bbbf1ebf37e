/** The playground as one HTML file that needs nothing else and lets nothing else in. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chartStyle } from '../report/month-chart.ts'

/** `home` is where a lab around it is, which it then leads back to. */
export async function playgroundHtml(home?: string): Promise<string> {
  const { script, style } = existsSync(packed)
    ? (JSON.parse(readFileSync(packed, 'utf8')) as PlaygroundParts)
    : await bundlePlayground()
  // The worker is the same script, started from a blob.
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    'worker-src blob:',
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>
<html lang="en" data-theme="dark"${home === undefined ? '' : ` data-home="${home}"`}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Alert tuning playground</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body><noscript>The playground simulates with JavaScript, which is off.</noscript><script>${script}</script></body>
</html>
`
}

/** A package has this file instead of the sources and of esbuild. */
const packed = new URL('./parts.json', import.meta.url)

interface PlaygroundParts {
  script: string
  style: string
}

export async function bundlePlayground(): Promise<PlaygroundParts> {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'browser', 'main.ts')],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    write: false,
    outdir: 'page',
    legalComments: 'none',
    logLevel: 'silent',
  })
  const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))!.text
  return { script: text('.js'), style: text('.css') + chartStyle }
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
