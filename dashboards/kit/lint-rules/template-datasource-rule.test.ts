import { templateDatasource } from './template-datasource-rule.ts'
import { expectBroken, variable } from './testing.ts'

expectBroken(templateDatasource, [
  variable('prometheus_datasource', { name: 'ds' }),
  variable('prometheus_datasource', { label: 'Source' }),
  ({ templating }) => void templating.list.shift(),
])
