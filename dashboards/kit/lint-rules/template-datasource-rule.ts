import type { Rule } from './rule.ts'

/** Every dashboard lets its viewer choose each data source, by a variable whose name and label follow its type. */
export const templateDatasource: Rule = {
  name: 'template-datasource-rule',
  check: ({ templating }, report) => {
    const sources = templating.list.filter(({ type }) => type === 'datasource')
    if (sources.length === 0) report('expected a data source variable, got none')
    for (const { name, label, query } of sources) {
      const type = String(query)
      const names = [`${type}_datasource`, ...(sources.length === 1 ? ['datasource'] : [])]
      const labels = [`${titleCase(type)} data source`, ...(sources.length === 1 ? ['Data source'] : [])]
      if (!names.includes(name)) report(`expected the name ${names.join(' or ')}, got "${name}"`)
      if (!labels.includes(label)) report(`expected the label ${labels.join(' or ')}, got "${label}"`)
    }
  },
}

function titleCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
