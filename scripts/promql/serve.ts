import { once } from 'node:events'
import { UserError } from '../../contract/user-error.ts'
import { serve } from '../../engines/promql/serve/server.ts'
import { command } from '../command.ts'
import { queryDoor } from '../door.ts'
import { dataFile, portOption } from '../engine-input.ts'
import { required } from '../options.ts'
import {
  dataOptions,
  dataUsage,
  durationOption,
  featuresOption,
  semanticsOption,
  tellLeftOut,
} from './input.ts'

const usage = `Usage: npm run promql -- serve --data FILE --port N [--host H]

Answers Prometheus' HTTP API over a file of samples, for Grafana's Prometheus data source, promtool or curl. A query
without a time is evaluated at the newest sample.

${dataUsage}
  --port N           where to listen; 0 takes a free one
  --host H           address to listen on (default 127.0.0.1); nothing asks who is there, so keep it close
  --timeout D        longest time of a query (default 30s)`

export const main = command({
  name: 'promql',
  usage,
  options: {
    ...dataOptions,
    port: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    timeout: { type: 'string', default: '30s' },
  },
  run: async values => {
    const { data, port } = required('serve', values, ['data', 'port'])
    const serving = await serve({
      data: dataFile(data),
      port: portOption(port),
      host: values.host,
      door: queryDoor(),
      nanIsStale: values['nan-is-stale'],
      semantics: semanticsOption(values.semantics),
      features: featuresOption(values['enable-feature']),
      timeout: durationOption('timeout', values.timeout),
    }).catch((error: Error) => {
      throw new UserError(error.message)
    })
    const { series, samples, newest } = serving.loaded
    tellLeftOut(serving.loaded)
    const until = newest === undefined ? '' : `, the newest at ${new Date(newest).toISOString()}`
    console.log(`Serving ${samples} samples of ${series} series at ${serving.url}${until}`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    await serving.close()
    return 0
  },
})
