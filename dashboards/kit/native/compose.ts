/**
 * Composes a dashboard: grafana-dash-gen makes the dashboard, its rows, variables and links, grafana-foundation-sdk has
 * built the panels. The two libraries' types do not fit each other, so the casts between them are all in this file.
 */
import type { Panel as SdkPanel } from '@grafana/grafana-foundation-sdk/dashboard'
import dashgen from 'grafana-dash-gen'
import { datasource } from '../datasources.ts'
import { flow, gridColumns, panelIdOf, rowId } from '../layout.ts'
import type { Annotation, Dashboard, DashboardLink, DataLink, Panel, Row, Variable } from '../model.ts'
import { colours } from './colours.ts'
import type { NativeDashboard, NativePanel, NativeVariable } from './dashboard.ts'
import { buildPanel } from './panel.ts'

/** The last version of the classic schema: Grafana 12 and 13 load it without a migration, and save it unchanged. */
const schemaVersion = 42

export function compose(definition: Dashboard): NativeDashboard {
  const composed = new dashgen.Dashboard({
    title: definition.title,
    tags: [...definition.tags],
    schemaVersion,
    editable: false,
    time: { from: definition.from ?? 'now-1h', to: 'now' },
    timezone: 'browser',
    rows: definition.rows.map(composeRow),
    links: definition.links.map(composeLink) as unknown as dashgen.ExternalLink[],
  })
  for (const variable of definition.variables)
    composed.addTemplate(new dashgen.Templates.Custom(variableOptions(variable)))
  const { rows, templating, links, title, tags, time, timezone } = composed.generate() as unknown as {
    rows: { title: string; collapse: boolean; panels: SdkPanel[] }[]
    templating: { list: Record<string, unknown>[] }
    links: unknown[]
    title: string
    tags: string[]
    time: { from: string; to: string }
    timezone: string
  }
  return plain({
    uid: definition.uid,
    title,
    description: definition.description,
    tags,
    schemaVersion,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: definition.refresh ?? '10s',
    timezone,
    time,
    links,
    annotations: { list: definition.annotations.map(annotation) },
    templating: { list: templating.list.map(nativeVariable) },
    panels: placed(definition.rows, rows),
  })
}

/** The builders mark queries with functions; what is left is data. */
function plain(dashboard: NativeDashboard): NativeDashboard {
  return JSON.parse(JSON.stringify(dashboard)) as NativeDashboard
}

function composeRow(row: Row): dashgen.Row {
  return new dashgen.Row({
    title: row.title,
    collapse: row.collapsed ?? false,
    panels: row.panels.map(panel => ({ generate: () => native(panel) })) as unknown as NonNullable<
      ConstructorParameters<typeof dashgen.Row>[0]
    >['panels'] & {},
  })
}

function composeLink(link: DashboardLink): unknown {
  switch (link.kind) {
    case 'external':
      return new dashgen.ExternalLink({ title: link.title, url: link.url, tooltip: link.tooltip })
    case 'dashboard':
      return {
        ...internalLink,
        type: 'link',
        icon: 'dashboard',
        title: link.title,
        tooltip: link.tooltip,
        url: `/d/${link.uid}`,
        tags: [],
      }
    case 'tag':
      return {
        ...internalLink,
        type: 'dashboards',
        icon: 'external link',
        title: link.title,
        tooltip: '',
        url: '',
        tags: [link.tag],
        asDropdown: true,
      }
  }
}

const internalLink = { asDropdown: false, includeVars: true, keepTime: true, targetBlank: false }

/** Data links are set by hand: the builder would add the fields of a dashboard link, which Grafana drops on saving. */
function native(panel: Panel): SdkPanel {
  const built = buildPanel(panel)
  const links = 'drillDown' in panel ? panel.drillDown?.map(dataLink) : undefined
  return {
    ...built,
    ...(links && {
      fieldConfig: { ...built.fieldConfig, defaults: { ...built.fieldConfig?.defaults, links } },
    }),
    ...(panel.links && { links: panel.links.map(dataLink) }),
  } as unknown as SdkPanel
}

function dataLink({ title, url }: DataLink) {
  return { title, url, targetBlank: false }
}

/** Row headers and panels one after the other, as Grafana wants them; a collapsed row holds its panels. */
function placed(
  definitions: readonly Row[],
  composed: { title: string; collapse: boolean; panels: SdkPanel[] }[],
): NativePanel[] {
  let top = 0
  return composed.flatMap((row, index) => {
    const { panels } = definitions[index]!
    const header = { x: 0, y: top, w: gridColumns, h: 1 }
    const { positions, bottom } = flow(panels, top + 1)
    const children = row.panels.map(
      (panel, place) =>
        ({ ...panel, id: panelIdOf(panels[place]!), gridPos: positions[place]! }) as unknown as NativePanel,
    )
    top = row.collapse ? top + 1 : bottom
    const heading: NativePanel = {
      id: rowId(row.title),
      type: 'row',
      title: row.title,
      gridPos: header,
      collapsed: row.collapse,
      panels: row.collapse ? children : [],
    }
    return row.collapse ? [heading] : [heading, ...children]
  })
}

function variableOptions(variable: Variable) {
  const { name, label, query } = variable
  switch (variable.kind) {
    case 'datasource':
      return { name, label, type: 'datasource', query, regex: '', hide: 0, multi: false, includeAll: false }
    case 'text':
      return { name, label, type: 'textbox', query, hide: 0, current: { text: query, value: query } }
    case 'derived':
      return {
        name,
        label,
        type: 'custom',
        query,
        hide: 2,
        skipUrlSync: true,
        multi: false,
        includeAll: false,
      }
    case 'query':
      return {
        name,
        label,
        type: 'query',
        datasource: datasource('promql'),
        query,
        definition: query,
        refresh: 2,
        regex: '',
        sort: 1,
        hide: 0,
        multi: variable.multi ?? true,
        includeAll: true,
        allValue: '.+',
        current: variable.selected
          ? { text: [variable.selected], value: [variable.selected] }
          : { text: ['All'], value: ['$__all'] },
      }
  }
}

const legacyVariableKeys = ['allFormat', 'refresh_on_load']

function nativeVariable(variable: Record<string, unknown>): NativeVariable {
  const emptyInherited = variable.type === 'query' ? [] : ['datasource', 'allValue', 'refresh']
  return Object.fromEntries(
    Object.entries(variable).filter(([key]) => ![...legacyVariableKeys, ...emptyInherited].includes(key)),
  ) as unknown as NativeVariable
}

function annotation({ name, expr, title, text, colour, valueIsTime, withoutToggle }: Annotation) {
  return {
    name,
    datasource: datasource('promql'),
    enable: true,
    hide: withoutToggle ?? false,
    iconColor: colours[colour],
    expr,
    titleFormat: title,
    textFormat: text ?? '',
    useValueForTime: valueIsTime ?? false,
    step: '15s',
  }
}
