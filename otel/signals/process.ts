/** The process itself, and the telemetry about its own losses. */

import { defineCounter, defineGauge, defineHistogram } from './definitions.ts'

/** The Node.js runtime and its process. */
export const runtime = {
  cpu: defineCounter(
    'process_cpu_seconds_total',
    'use',
    'CPU time of the process, all threads, user and system',
  ),
  cpuWait: defineCounter(
    'process_cpu_wait_seconds_total',
    'use',
    'Time that threads of the process were ready to run and waited for a core; only Linux tells it',
  ),
  cpuCores: defineGauge('system_cpu_logical_count', 'use', 'Cores the process may use'),
  machineCpu: defineCounter(
    'system_cpu_time_seconds_total',
    'use',
    'CPU time of the machine, all cores, whoever uses it',
    { cpu_mode: ['user', 'nice', 'system', 'interrupt', 'idle'] },
  ),
  startTime: defineGauge(
    'process_start_time_seconds',
    'info',
    'Start of the process in seconds since the epoch',
  ),
  residentMemory: defineGauge('process_resident_memory_bytes', 'use', 'Memory of the process held in RAM'),
  openFiles: defineGauge('process_open_fds', 'use', 'File descriptors in use'),
  maxFiles: defineGauge('process_max_fds', 'use', 'File descriptors the process may use'),
  eventLoopTime: defineCounter(
    'nodejs_eventloop_time_seconds_total',
    'use',
    'Time of the event loop by state; the share of active is its utilisation over any window',
    { nodejs_eventloop_state: ['active', 'idle'] },
  ),
  eventLoopDelayP50: defineGauge(
    'nodejs_eventloop_delay_p50_seconds',
    'use',
    'Median delay of the event loop over the last ten seconds',
  ),
  eventLoopDelayP99: defineGauge(
    'nodejs_eventloop_delay_p99_seconds',
    'use',
    '99th percentile of the delay of the event loop over the last ten seconds',
  ),
  eventLoopDelayMax: defineGauge(
    'nodejs_eventloop_delay_max_seconds',
    'use',
    'Longest delay of the event loop over the last ten seconds',
  ),
  heapUsed: defineGauge('v8js_memory_heap_used_bytes', 'use', 'Heap in use by space', {
    v8js_heap_space_name: 'heap spaces of V8',
  }),
  heapLimit: defineGauge(
    'v8js_heap_size_limit_bytes',
    'use',
    'Heap at which the process dies of lack of memory',
  ),
  gc: defineHistogram(
    'v8js_gc_duration_seconds',
    'use',
    'Pauses for garbage collection',
    { v8js_gc_type: ['major', 'minor', 'incremental', 'weakcb'] },
    { buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1] },
  ),
}

/** What the telemetry kit says of itself: loss is bounded and visible. */
export const telemetry = {
  items: defineCounter(
    'telemetry_items_total',
    'telemetry',
    'Spans, log lines and points of metrics by what became of them',
    {
      signal: ['traces', 'logs', 'metrics'],
      outcome: ['sent', 'failed', 'dropped'],
    },
  ),
  queued: defineGauge(
    'telemetry_queue_items',
    'telemetry',
    'Spans, log lines and points of metrics waiting to be sent',
    {
      signal: ['traces', 'logs', 'metrics'],
    },
  ),
  queueMax: defineGauge(
    'telemetry_queue_max_items',
    'telemetry',
    'Spans and log lines that may wait; more are dropped and counted',
    { signal: ['traces', 'logs'] },
  ),
  contextsDropped: defineCounter(
    'telemetry_incoming_context_dropped_total',
    'telemetry',
    'Headers of callers that could not be taken, or not whole; a request without its traceparent begins a new trace',
    { header: ['traceparent', 'baggage'] },
  ),
  refused: defineCounter(
    'telemetry_samples_refused_total',
    'telemetry',
    'Samples of metrics left out: beyond the most label sets a metric may have, with a label outside its definition, or with a value that is none',
    { metric: 'metrics named in the code', reason: ['limit', 'label', 'value'] },
  ),
}

/** Who is speaking; a new version or start time marks a deployment. */
export const target = {
  info: defineGauge('target_info', 'info', 'The resource of this process, value 1', {
    service_name: 'roles of the service',
    service_version: 'versions deployed',
    deployment_environment_name: 'environments deployed to',
  }),
}
