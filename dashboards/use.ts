import { dependencyBudgets, resourceBudgets } from '../contract/budgets.ts'
import { dashboardUids } from '../contract/links.ts'
import { httpServer, runtime, threadPool } from '../otel/signals.ts'
import {
  cpuUtilization,
  eventLoopUtilization,
  gcTimeRatio,
  heapUtilization,
  openFilesUtilization,
  restarts,
  threadPoolUtilization,
} from './expressions.ts'
import type { TimeSeries } from './kit/model.ts'
import { row, timeseries } from './kit/panels.ts'
import { promql, quantile, rate, value } from './kit/queries.ts'
import { dashboard } from './shop-dashboard.ts'
import { below, plain } from './thresholds.ts'

const process = '{{job}} {{instance}}'
const perProcess = { by: ['job', 'instance'] } as const

export const use = dashboard({
  file: import.meta.url,
  uid: dashboardUids.use,
  title: 'USE: Node.js runtime',
  description:
    'Utilisation, saturation and errors of what each process lives on. Read each line from left to right: how busy, how much waits, what failed.',
  links: [
    { kind: 'dashboard', title: 'RED', uid: dashboardUids.red, tooltip: 'Whether users notice' },
    {
      kind: 'dashboard',
      title: 'Dependencies',
      uid: dashboardUids.dependencies,
      tooltip: 'Pools, caches and queues',
    },
  ],
  rows: [
    row('CPU: utilisation, saturation, errors', [
      share(
        'CPU utilisation',
        resourceBudgets.cpuUtilization,
        cpuUtilization,
        'Share of the cores in use. Normal: below the dashed line, the rest is headroom for a spike. Above it, see whether the event loop or other threads are busy, and add instances.',
      ),
      timeseries({
        title: 'CPU time',
        description:
          'CPU seconds per second, all threads. Normal: around one core at most for JavaScript. More than the event loop could use are worker threads, garbage collection or compression. Waiting: threads that are ready to run and have no core, because neighbours have them; normal: near zero.',
        unit: 'count',
        decimals: 2,
        queries: [
          promql(rate(runtime.cpu, perProcess), process),
          promql(rate(runtime.cpuWait, perProcess), `${process} waiting`),
        ],
      }),
      timeseries({
        title: 'Restarts',
        description:
          'Starts of the process. Normal: one mark per deployment. Repeated ones are crashes: the last lines before each stand in Investigate.',
        unit: 'count',
        decimals: 0,
        bars: true,
        queries: [promql(restarts, process)],
        overrides: [{ series: '.*', colour: 'bad' }],
      }),
    ]),
    row('Event loop: utilisation, saturation, errors', [
      share(
        'Event loop utilisation',
        resourceBudgets.eventLoopUtilization,
        eventLoopUtilization,
        'Share of the time the event loop works. Normal: below the dashed line. Near 100 % every request waits for the others: find synchronous work in the slow traces.',
      ),
      timeseries({
        title: 'Event loop delay',
        description:
          'How late timers fire over the last ten seconds: median, p99 and longest. Normal: about 10 ms, the timer resolution. A high longest with a low median is one blocking call; all high is overload.',
        unit: 'seconds',
        limit: true,
        thresholds: below(resourceBudgets.eventLoopDelayP99),
        queries: [
          promql(value('max', runtime.eventLoopDelayMax, { by: ['job'] }), '{{job}} longest'),
          promql(value('max', runtime.eventLoopDelayP99, { by: ['job'] }), '{{job}} p99'),
          promql(value('max', runtime.eventLoopDelayP50, { by: ['job'] }), '{{job}} p50'),
        ],
        overrides: [{ series: '.* longest', dashed: true }],
      }),
      timeseries({
        title: 'Overload rejections',
        description:
          'Requests refused because the event loop was too late or the process is draining. Normal: none. They protect the requests already accepted; the cause is on the left.',
        unit: 'requestsPerSecond',
        queries: [promql(rate(httpServer.rejections, { by: ['job', 'reason'] }), '{{job}} {{reason}}')],
      }),
    ]),
    row('Memory: utilisation, saturation, errors', [
      share(
        'Heap utilisation',
        resourceBudgets.heapUtilization,
        heapUtilization,
        'Heap in use over its limit. Normal: a saw-tooth well below the dashed line. Lows that rise from tooth to tooth are a leak; at 100 % the process dies.',
      ),
      timeseries({
        title: 'Resident memory',
        description:
          'Memory of the process in RAM. Normal: flat after warm-up. Growth while the heap is flat is outside of JavaScript: buffers, native modules.',
        unit: 'bytes',
        queries: [promql(value('max', runtime.residentMemory, perProcess), process)],
      }),
      timeseries({
        title: 'Heap by space',
        description:
          'Heap in use by space, all chosen processes. Normal: old space grows slowly and falls with a major collection. A growing large object space is big arrays or strings being kept.',
        unit: 'bytes',
        stack: true,
        legend: 'table',
        queries: [
          promql(
            value('sum', runtime.heapUsed, { by: ['v8js_heap_space_name'] }),
            '{{v8js_heap_space_name}}',
          ),
        ],
      }),
    ]),
    row('Garbage collection: utilisation, saturation, errors', [
      share(
        'Time in garbage collection',
        resourceBudgets.gcTimeRatio,
        gcTimeRatio,
        'Share of the time the process pauses to collect. Normal: 1 to 3 %. Above the dashed line the request path allocates too much, or the heap is nearly full.',
      ),
      timeseries({
        title: 'Pause p99',
        description:
          'p99 of single pauses by process. Normal: below 10 ms. Long pauses are major collections of a large heap and show up as latency for every request.',
        unit: 'seconds',
        queries: [promql(quantile(0.99, runtime.gc, perProcess), process)],
      }),
      timeseries({
        title: 'Collections by kind',
        description:
          'Collections per second. Normal: mostly minor. Frequent major ones mean objects live just long enough to be promoted.',
        unit: 'operationsPerSecond',
        queries: [promql(rate(runtime.gc, { by: ['v8js_gc_type'] }), '{{v8js_gc_type}}')],
      }),
    ]),
    row('Threads and files: utilisation, saturation, errors', [
      share(
        'Thread pool utilisation',
        0.9,
        threadPoolUtilization,
        'Share of the worker threads that are busy. Normal: follows the recommendations asked for. At 100 % tasks queue up on the right.',
        '{{pool}}',
      ),
      timeseries({
        title: 'Tasks waiting for a thread',
        description:
          'Tasks queued for a thread. Normal: none. Above the dashed line the pool is the bottleneck; beyond its limit tasks are refused.',
        unit: 'count',
        limit: true,
        thresholds: below(dependencyBudgets.threadPoolQueued),
        queries: [promql(value('sum', threadPool.queued, { by: ['pool'] }), '{{pool}}')],
      }),
      timeseries({
        title: 'Tasks refused',
        description:
          'Tasks refused because the queue of the pool was full. Normal: none. Users see them as 503 on the route that needed the thread.',
        unit: 'operationsPerSecond',
        queries: [promql(rate(threadPool.rejections, { by: ['pool'] }), '{{pool}}')],
      }),
      share(
        'File descriptors',
        resourceBudgets.openFilesUtilization,
        openFilesUtilization,
        'Descriptors in use over the limit. Normal: a few per cent. Steady growth is a leak of sockets or files; at 100 % no connection can be accepted.',
      ),
      timeseries({
        title: 'Open descriptors',
        description:
          'Descriptors in use. Normal: connections plus a constant. Compare with requests in flight on RED: growing apart is a leak.',
        unit: 'count',
        width: 16,
        decimals: 0,
        thresholds: plain,
        queries: [promql(value('max', runtime.openFiles, perProcess), process)],
      }),
    ]),
  ],
})

function share(
  title: string,
  limit: number,
  expr: string,
  description: string,
  legend = process,
): TimeSeries {
  return timeseries({
    title,
    description,
    unit: 'ratio',
    decimals: 0,
    max: 1,
    limit: true,
    thresholds: below(limit),
    queries: [promql(expr, legend)],
  })
}
