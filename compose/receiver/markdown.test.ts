import { expect, test } from 'vitest'
import { dashboardUids } from '../../contract/links.ts'
import { renderMarkdown } from './markdown.ts'
import { runbook, runbookNames, runbookPage } from './runbooks.ts'

const render = (source: string) => renderMarkdown(source).html

test.each([
  ['# Title', '<h1>Title</h1>'],
  ['two\nlines\n\nof text', '<p>two\nlines</p><p>of text</p>'],
  ['- one\n- two', '<ul><li>one</li><li>two</li></ul>'],
  [
    '1. First:\n\n   ```sql\n   a < b\n     c\n   ```\n\n2. Second',
    '<ol><li>First:<pre><code>a &lt; b\n  c</code></pre></li><li>Second</li></ol>',
  ],
  ['- one\n1. other', '<ul><li>one</li></ul><ol><li>other</li></ol>'],
  ['`a < b` and **bold**', '<p><code>a &lt; b</code> and <strong>bold</strong></p>'],
  [
    'see (http://localhost:3000/d/x).',
    '<p>see (<a href="http://localhost:3000/d/x" rel="noreferrer">http://localhost:3000/d/x</a>).</p>',
  ],
  [
    '[text](https://a.example/?a=1&b=2)',
    '<p><a href="https://a.example/?a=1&amp;b=2" rel="noreferrer">text</a></p>',
  ],
  ['```\nnever closed', '<pre><code>never closed</code></pre>'],
])('%j', (source, expected) => {
  expect(render(source)).toBe(expected)
})

test.each([
  '<script>alert(1)</script>',
  '[click](javascript:alert(1))',
  '[click](data:text/html,x)',
  '[click](//evil.example)',
  'http://a.example/"onmouseover="alert(1)',
  '`<img src=x onerror=alert(1)>`',
])('nothing of %s becomes more than text', source => {
  const rendered = render(source)
  expect(rendered).not.toMatch(/<(?!\/?(p|a|code)\b)/)
  expect(rendered).not.toMatch(/href="(?!http:\/\/a\.example\/)|<[^>]*\son/)
})

test.each(runbookNames)(
  'the page of %s has every heading, query and command, and every link leads somewhere',
  name => {
    const grafana = 'http://localhost:13000'
    const source = runbook(name, grafana)!
    const shown = runbookPage(name, source, grafana)
    for (const [, heading] of source.matchAll(/^#+ (.+)$/gm))
      expect(shown).toMatch(new RegExp(`<h[1-3]>${heading}</h`))
    expect(shown.match(/<pre>/g) ?? []).toHaveLength((source.match(/```\w/g) ?? []).length)
    const queries = source.match(/```(promql|logql|traceql)/g) ?? []
    expect(shown.match(/Run it in Grafana/g) ?? []).toHaveLength(queries.length)
    expect(shown).not.toMatch(/```|\*\*|localhost:3000/)
    const linked = [...shown.matchAll(/href="([^"]+)"/g)].map(([, url]) => url!)
    for (const url of linked) {
      const [, page] = /^\/runbooks\/(.+)$/.exec(url) ?? []
      if (page !== undefined) expect(runbookNames).toContain(page)
      const [, uid] = /^http:\/\/localhost:13000\/d\/([\w-]+)/.exec(url) ?? []
      if (uid !== undefined) expect(Object.values<string>(dashboardUids)).toContain(uid)
    }
    expect(linked.some(url => url.startsWith(`${grafana}/d/`))).toBe(true)
  },
)
