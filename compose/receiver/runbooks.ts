/** The pages of docs/runbooks, with links that lead into the Grafana of this stack. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboardUids, usualAddresses } from '../../contract/links.ts'
import { datasources } from '../grafana.ts'
import { type Html, html, link, page } from './html.ts'
import { renderMarkdown } from './markdown.ts'

const folder = join(import.meta.dirname, '..', '..', 'docs', 'runbooks')

/** Names of alerts that have one. */
export const runbookNames: readonly string[] = readdirSync(folder)
  .filter(name => name.endsWith('.md'))
  .map(name => name.slice(0, -'.md'.length))
  .toSorted()

/** Its Markdown, or undefined. */
export function runbook(name: string, grafanaUrl: string): string | undefined {
  if (!runbookNames.includes(name)) return undefined
  return readFileSync(join(folder, `${name}.md`), 'utf8').replaceAll(usualAddresses.grafana, grafanaUrl)
}

export function runbookPage(name: string, source: string, grafanaUrl: string): string {
  const target = (word: string) => {
    if (word !== name && runbookNames.includes(word)) return `/runbooks/${word}`
    return Object.values(dashboardUids).some(uid => uid === word) ? `${grafanaUrl}/d/${word}` : undefined
  }
  return page(`${name} · runbook`, renderMarkdown(source, { target, afterCode: exploreLink(grafanaUrl) }))
}

export function runbookIndex(): string {
  const items = runbookNames.map(name => html`<li>${link(`/runbooks/${name}`, name)}</li>`)
  return page(
    'Runbooks',
    html`<h1>Runbooks</h1><p>What to do when an alert fires, one page each.</p><ul>${items}</ul>`,
  )
}

const languages: Record<string, { type: string; uid: string; query: (text: string) => object }> = {
  promql: { type: 'prometheus', uid: datasources.metrics, query: expr => ({ expr }) },
  logql: { type: 'loki', uid: datasources.logs, query: expr => ({ expr }) },
  traceql: { type: 'tempo', uid: datasources.traces, query: query => ({ query, queryType: 'traceql' }) },
}

/** Below a query, the way to its answer: Grafana's Explore over the last hour. */
function exploreLink(grafanaUrl: string) {
  return (language: string, code: string): Html | undefined => {
    const found = languages[language]
    if (found === undefined) return undefined
    const { type, uid, query } = found
    const pane = {
      datasource: uid,
      queries: [{ refId: 'A', datasource: { type, uid }, ...query(code) }],
      range: { from: 'now-1h', to: 'now' },
    }
    const parameters = new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify({ runbook: pane }) })
    return html`<p class="links">${link(`${grafanaUrl}/explore?${parameters}`, 'Run it in Grafana')}</p>`
  }
}
