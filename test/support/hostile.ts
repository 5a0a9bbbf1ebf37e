/** Texts that would run as scripts wherever a page forgot to write them as text, and everything that can carry them. */

/** Each sets `__ran` of the page when it runs. */
export const markup = `"'><img src=x onerror="__ran='img'"><script>__ran='script'</script>`
export const link = "javascript:__ran='link'"

const attribute = (key: string, value = markup) => ({ key, value: { stringValue: value } })
const nanoseconds = (offset = 0) => `${Date.now() + offset}000000`

export const traceId = '0af7651916cd43dd8448eb211c80319c'

/** By path of the OTLP receiver. */
export function hostileTelemetry(): Record<string, object> {
  const resource = { attributes: [attribute('service.name', `shop ${markup}`), attribute('note')] }
  const point = { timeUnixNano: nanoseconds(), asDouble: 1, attributes: [attribute('note')] }
  const span = {
    traceId,
    spanId: 'b7ad6b7169203331',
    name: `GET ${markup}`,
    kind: 2,
    startTimeUnixNano: nanoseconds(-40),
    endTimeUnixNano: nanoseconds(),
    status: { code: 2, message: markup },
    attributes: [attribute('note'), attribute('url.full', link)],
    events: [{ timeUnixNano: nanoseconds(-20), name: markup, attributes: [attribute('exception.message')] }],
  }
  const record = {
    timeUnixNano: nanoseconds(),
    severityText: 'error',
    body: { stringValue: `order ${markup}` },
    traceId,
    attributes: [attribute('note')],
  }
  const metrics = [{ name: 'hostile', unit: '', description: markup, gauge: { dataPoints: [point] } }]
  return {
    '/v1/metrics': { resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] },
    '/v1/traces': { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] },
    '/v1/logs': { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] },
  }
}

/** Fires at once. */
export const hostileRules = {
  groups: [
    {
      name: 'hostile',
      interval: '1s',
      rules: [
        {
          alert: 'Hostile',
          expr: 'vector(1)',
          labels: { severity: 'page', service: markup, note: markup },
          annotations: { summary: markup, description: markup, runbook_url: link, dashboard_url: link },
        },
      ],
    },
  ],
}

/** One panel of each type the page draws, over the telemetry above. */
export function hostileDashboard(uid: string): object {
  const links = [{ title: markup, url: link }]
  const metrics = { type: 'prometheus', uid: 'prometheus' }
  const last = {
    refId: 'A',
    expr: 'last_over_time(hostile[1h])',
    legendFormat: `{{note}} ${markup}`,
    datasource: metrics,
  }
  const query = (type: string, target: object) => ({ refId: 'A', ...target, datasource: { type, uid: type } })
  const panels: { type: string; targets?: object[]; options?: object }[] = [
    { type: 'timeseries', targets: [last] },
    { type: 'stat', targets: [{ ...last, instant: true }] },
    { type: 'gauge', targets: [{ ...last, instant: true }] },
    { type: 'bargauge', targets: [{ ...last, instant: true }] },
    { type: 'state-timeline', targets: [last] },
    { type: 'table', targets: [{ ...last, instant: true, format: 'table' }] },
    { type: 'logs', targets: [query('loki', { expr: '{service_name=~".+"}' })] },
    { type: 'traces', targets: [query('tempo', { query: traceId, queryType: 'traceql' })] },
    { type: 'table', targets: [query('tempo', { query: '{}', queryType: 'traceql', limit: 20 })] },
    { type: 'text', options: { mode: 'markdown', content: `# ${markup}\n\n[${markup}](${link}) ${markup}` } },
    { type: 'text', options: { mode: 'html', content: markup } },
    { type: markup, targets: [last] },
  ]
  const mapping = { type: 'value', options: { 1: { text: markup, color: `red;${link}`, index: 0 } } }
  return {
    uid,
    title: `Title ${markup}`,
    description: markup,
    tags: [markup],
    time: { from: 'now-15m', to: 'now' },
    links: [{ type: 'link', title: markup, url: link }],
    templating: {
      list: [
        {
          name: 'note',
          type: 'custom',
          label: markup,
          query: markup,
          current: { text: markup, value: markup },
        },
      ],
    },
    annotations: {
      list: [
        {
          name: markup,
          enable: true,
          iconColor: `red;${link}`,
          expr: 'hostile',
          titleFormat: markup,
          datasource: metrics,
        },
      ],
    },
    panels: panels.map((panel, index) => ({
      id: index + 1,
      title: `Panel ${index} ${markup}`,
      description: markup,
      links,
      gridPos: { x: (index % 3) * 8, y: Math.floor(index / 3) * 8, w: 8, h: 8 },
      fieldConfig: {
        defaults: {
          unit: markup,
          links,
          noValue: markup,
          color: { mode: 'fixed', fixedColor: `red;${link}` },
          mappings: [mapping],
        },
        overrides: [
          {
            matcher: { id: 'byRegexp', options: '.*' },
            properties: [{ id: 'displayName', value: `\${__field.labels.note} ${markup}` }],
          },
        ],
      },
      ...panel,
    })),
  }
}
