/**
 * Markdown as the runbooks use it, as HTML: headings, paragraphs, lists whose items hold blocks, fenced code, `code`,
 * **bold**, [links](url) and bare URLs. What it does not know stays text, and no HTML of the source gets through.
 */
import { type Html, type HtmlValue, html, link } from './html.ts'

interface MarkdownOptions {
  /** What is shown after a block of code, such as a link that runs the query in it. */
  afterCode?: (language: string, code: string) => Html | undefined
  /** Where a word or `code` leads, such as the name of another alert to its runbook. */
  target?: (word: string) => string | undefined
}

export function renderMarkdown(source: string, options: MarkdownOptions = {}): Html {
  return html`${blocks(source.replaceAll('\r\n', '\n').split('\n'), options)}`
}

function blocks(lines: readonly string[], options: MarkdownOptions): Html[] {
  const rendered: Html[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at]!
    const heading = /^(#{1,6}) +(.*)$/.exec(line)
    const fence = /^```(\S*)/.exec(line)
    if (line.trim() === '') at++
    else if (heading !== null) {
      rendered.push(headingOf(heading[1]!.length, inline(heading[2]!, options)))
      at++
    } else if (fence !== null) {
      const end = indexFrom(lines, at + 1, each => each.startsWith('```'))
      rendered.push(codeBlock(fence[1]!, lines.slice(at + 1, end).join('\n'), options))
      at = end + 1
    } else if (itemIndent(line) !== undefined) {
      const isOrdered = /^\d/.test(line)
      const items: Html[] = []
      while (
        at < lines.length &&
        itemIndent(lines[at]!) !== undefined &&
        /^\d/.test(lines[at]!) === isOrdered
      ) {
        const indent = itemIndent(lines[at]!)!
        const end = indexFrom(
          lines,
          at + 1,
          each => each.trim() !== '' && !each.startsWith(' '.repeat(indent)),
        )
        const own = lines.slice(at, end).map(each => each.slice(indent))
        items.push(html`<li>${itemContent(own, options)}</li>`)
        at = end
      }
      rendered.push(isOrdered ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`)
    } else {
      const end = indexFrom(
        lines,
        at + 1,
        each => /^(\s*$|#{1,6} |```)/.test(each) || itemIndent(each) !== undefined,
      )
      rendered.push(html`<p>${inline(lines.slice(at, end).join('\n'), options)}</p>`)
      at = end
    }
  }
  return rendered
}

/** The first paragraph of an item stands without `<p>`, so that short lists stay tight. */
function itemContent(lines: readonly string[], options: MarkdownOptions): HtmlValue {
  const end = indexFrom(lines, 1, each => /^(\s*$|```)/.test(each) || itemIndent(each) !== undefined)
  return [inline(lines.slice(0, end).join('\n'), options), ...blocks(lines.slice(end), options)]
}

/** Characters before the text of a list's item, as in `- ` and `12. `; undefined for any other line. */
function itemIndent(line: string): number | undefined {
  return /^([-*]|\d+\.) +/.exec(line)?.[0].length
}

function headingOf(level: number, content: HtmlValue): Html {
  if (level === 1) return html`<h1>${content}</h1>`
  return level === 2 ? html`<h2>${content}</h2>` : html`<h3>${content}</h3>`
}

function codeBlock(language: string, code: string, { afterCode }: MarkdownOptions): Html {
  return html`<pre><code>${code}</code></pre>${afterCode?.(language, code)}`
}

const token =
  /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)`"']+[^\s<>)`"'.,;:!?])|\b([A-Z]\w+)\b/g

function inline(text: string, options: MarkdownOptions): HtmlValue {
  const rendered: HtmlValue[] = []
  let at = 0
  for (const found of text.matchAll(token)) {
    rendered.push(text.slice(at, found.index), inlineToken(found, options))
    at = found.index + found[0].length
  }
  return [...rendered, text.slice(at)]
}

function inlineToken(
  [all, code, bold, label, url, bare, word]: RegExpMatchArray,
  options: MarkdownOptions,
): HtmlValue {
  const target = options.target?.(code ?? word ?? '')
  if (code !== undefined) {
    const shown = html`<code>${code}</code>`
    return target === undefined ? shown : link(target, shown)
  }
  if (bold !== undefined) return html`<strong>${bold}</strong>`
  if (url !== undefined) return link(url, label)
  if (bare !== undefined) return link(bare, bare)
  return target === undefined ? all : link(target, all)
}

function indexFrom(lines: readonly string[], start: number, matches: (line: string) => boolean): number {
  for (let index = start; index < lines.length; index++) if (matches(lines[index]!)) return index
  return lines.length
}
