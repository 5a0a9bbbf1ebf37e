/** HTML written as template strings: every value that is put in is escaped, unless it is HTML made by `html` itself. */

export interface Html {
  html: string
}

export type HtmlValue = string | number | Html | undefined | readonly HtmlValue[]

export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { html: parts.map((part, index) => part + text(values[index])).join('') }
}

/** A link where `url` leads to a web page; `javascript:` and whatever else somebody sends stays text. */
export function link(url: string, label: HtmlValue): Html {
  if (/^\/(?![/\\])/.test(url)) return html`<a href="${url}">${label}</a>`
  const target = URL.parse(url)
  return target?.protocol === 'http:' || target?.protocol === 'https:'
    ? html`<a href="${target.href}" rel="noreferrer">${label}</a>`
    : html`${label}`
}

/** A whole page. `refresh` is how many seconds it is shown before it is loaded again. */
export function page(title: string, body: Html, refresh?: number): string {
  const reload = refresh === undefined ? '' : html`<meta http-equiv="refresh" content="${refresh}">`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${reload}
<title>${title}</title>
<link rel="stylesheet" href="/style.css">
<link rel="icon" href="data:,">
</head>
<body>
<nav><a href="/notifications">Notifications</a> <a href="/runbooks">Runbooks</a></nav>
<main>
${body}
</main>
</body>
</html>
`.html
}

function text(value: HtmlValue): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  return 'html' in value ? value.html : value.map(text).join('')
}

function escaped(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
