import { once } from 'node:events'
import { UserError } from '../../contract/user-error.ts'
import { serve } from '../../engines/logql/serve/server.ts'
import { command } from '../command.ts'
import { queryDoor } from '../door.ts'
import { dataFile, portOption } from '../engine-input.ts'
import { required } from '../options.ts'
import { dataUsage, durationOption } from './input.ts'

const usage = `Usage: npm run logql -- serve --data FILE --port N [--host H]

Answers Loki's HTTP API over a file of log records, for Grafana's Loki data source, logcli or curl: queries, labels, their
values and series. What is asked without a time is answered up to the newest line.

${dataUsage}
  --port N           where to listen; 0 takes a free one
  --host H           address to listen on (default 127.0.0.1); nothing asks who is there, so keep it close
  --timeout D        longest time of a query (default 30s)`

export const main = command({
  name: 'logql',
  usage,
  options: {
    data: { type: 'string' },
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
      timeout: durationOption('timeout', values.timeout),
    }).catch((error: Error) => {
      throw new UserError(error.message)
    })
    const { entries, streams } = serving.loaded
    console.log(`Serving ${entries} lines of ${streams} streams at ${serving.url}`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    await serving.close()
    return 0
  },
})
