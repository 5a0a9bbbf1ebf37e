import { once } from 'node:events'
import { UserError } from '../../contract/user-error.ts'
import { serve } from '../../engines/traceql/serve/server.ts'
import { command } from '../command.ts'
import { queryDoor } from '../door.ts'
import { dataFile, portOption } from '../engine-input.ts'
import { required } from '../options.ts'
import { durationOption } from './input.ts'

const usage = `Usage: npm run traceql -- serve --data FILE --port N [--host H]

Answers Tempo's HTTP API over a file of traces, for Grafana's Tempo data source or curl: searches, tags and their
values, traces by id, and metrics queries.

  --data FILE        traces: an OTLP/JSON ExportTraceServiceRequest on each line; - is stdin
  --port N           where to listen; 0 takes a free one
  --host H           address to listen on (default 127.0.0.1); nothing asks who is there, so keep it close
  --timeout D        longest time of a query (default 30s)`

export const main = command({
  name: 'traceql',
  usage,
  options: {
    data: { type: 'string' },
    port: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    timeout: { type: 'string', default: '30s' },
  },
  run: async values => {
    const { data, port } = required('serve', values, ['data', 'port'])
    const timeout = Number(durationOption('timeout', values.timeout) / 1_000_000n)
    const serving = await serve({
      data: dataFile(data),
      port: portOption(port),
      host: values.host,
      door: queryDoor(),
      timeout,
    }).catch((error: Error) => {
      throw new UserError(error.message)
    })
    const { traces, spans, droppedSpans } = serving.loaded
    if (droppedSpans > 0)
      console.error(`${droppedSpans} spans left out: the oldest, beyond what the store may hold`)
    console.log(`Serving ${spans} spans of ${traces} traces at ${serving.url}`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
    await serving.close()
    return 0
  },
})
