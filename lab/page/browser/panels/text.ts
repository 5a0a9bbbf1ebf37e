/** Markdown as far as dashboards use it: headings, paragraphs, lists, tables, links, code, bold and italics. */

import { interpolate } from '../../model/interpolate.ts'
import { safeHref } from '../../model/links.ts'
import { h } from '../dom.ts'
import { option, type PanelContext, say } from './panel.ts'

export function text({ body, panel, data }: PanelContext): void {
  const mode = option<string>(panel, 'mode') ?? 'markdown'
  const content = interpolate(option<string>(panel, 'content') ?? '', data.scope, 'text')
  if (mode === 'html') {
    say(body, 'unsupported', 'Text written as HTML is not shown here: expected Markdown')
    return
  }
  body.replaceChildren(
    h('div', { class: 'markdown' }, ...(mode === 'code' ? [h('pre', {}, content)] : markdown(content))),
  )
}

function markdown(source: string): HTMLElement[] {
  const blocks = source.replaceAll('\r', '').split(/\n{2,}/)
  return blocks.filter(block => block.trim() !== '').map(block => blockOf(block.trim().split('\n')))
}

function blockOf(lines: string[]): HTMLElement {
  const [first = ''] = lines
  const heading = /^(#{1,6})\s+(.*)$/.exec(first)
  if (heading !== null && lines.length === 1)
    return h(`h${Math.min(6, heading[1]!.length + 1)}` as 'h2', {}, ...inline(heading[2]!))
  if (first.startsWith('|')) return tableOf(lines)
  if (lines.every(line => /^\s*[-*] /.test(line)))
    return h('ul', {}, ...lines.map(line => h('li', {}, ...inline(line.replace(/^\s*[-*] /, '')))))
  if (lines.every(line => /^\s*\d+\. /.test(line)))
    return h('ol', {}, ...lines.map(line => h('li', {}, ...inline(line.replace(/^\s*\d+\. /, '')))))
  if (first.startsWith('```'))
    return h(
      'pre',
      {},
      lines
        .slice(1)
        .join('\n')
        .replace(/\n?```$/, ''),
    )
  return h('p', {}, ...inline(lines.join(' ')))
}

function tableOf(lines: readonly string[]): HTMLElement {
  const cells = (line: string) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/)
      .map(each => each.trim())
  const [header = '', ruler = '', ...rows] = lines
  const body = /^\|?[\s:|-]+$/.test(ruler) ? rows : [ruler, ...rows]
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...cells(header).map(each => h('th', {}, ...inline(each))))),
    h(
      'tbody',
      {},
      ...body.map(line => h('tr', {}, ...cells(line).map(each => h('td', {}, ...inline(each))))),
    ),
  )
}

function inline(source: string): (Node | string)[] {
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)/g
  const parts: (Node | string)[] = []
  let end = 0
  for (const found of source.matchAll(pattern)) {
    parts.push(source.slice(end, found.index))
    end = found.index + found[0].length
    const [, code, bold, italic, label, url] = found
    if (code !== undefined) parts.push(h('code', {}, code))
    else if (bold !== undefined) parts.push(h('strong', {}, ...inline(bold)))
    else if (italic !== undefined) parts.push(h('em', {}, ...inline(italic)))
    else {
      const href = safeHref(url!)
      parts.push(href === undefined ? label! : h('a', { href }, ...inline(label!)))
    }
  }
  return [...parts, source.slice(end)].filter(part => part !== '')
}
