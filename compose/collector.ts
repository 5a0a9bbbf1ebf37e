/** The collector: everything over OTLP comes in here; traces leave for Tempo, logs for Loki. */
import type { Target } from './targets.ts'

/** Errors and whatever is slower than users accept are always kept. */
const slowTraceMs = 300

export const collectorMemoryMb = 128

export function collectorConfig(target: Target) {
  return {
    extensions: {
      health_check: { endpoint: `${target.listen}:${target.port('collectorHealth')}` },
    },
    receivers: {
      otlp: {
        protocols: {
          grpc: { endpoint: `${target.listen}:${target.port('otlpGrpc')}` },
          http: { endpoint: `${target.listen}:${target.port('otlpHttp')}` },
        },
      },
    },
    processors: {
      memory_limiter: { check_interval: '1s', limit_mib: 0.75 * collectorMemoryMb, spike_limit_mib: 24 },
      tail_sampling: {
        decision_wait: '4s',
        num_traces: 20_000,
        policies: [
          { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } },
          { name: 'slow', type: 'latency', latency: { threshold_ms: slowTraceMs } },
          // All of the rest unless told otherwise, because an exemplar may point at any trace.
          {
            name: 'rest',
            type: 'probabilistic',
            probabilistic: { sampling_percentage: '${env:TRACES_KEPT_PERCENT:-100}' },
          },
        ],
      },
    },
    exporters: {
      'otlp_http/tempo': exporter(`http://${target.address('tempo', 'tempoOtlp')}`),
      'otlp_http/loki': exporter(`http://${target.address('loki', 'loki')}/otlp`),
    },
    service: {
      extensions: ['health_check'],
      telemetry: {
        logs: { level: 'warn' },
        metrics: {
          readers: [
            {
              pull: {
                exporter: {
                  prometheus: { host: target.listen, port: target.port('collectorMetrics') },
                },
              },
            },
          ],
        },
      },
      pipelines: {
        traces: {
          receivers: ['otlp'],
          processors: ['memory_limiter', 'tail_sampling'],
          exporters: ['otlp_http/tempo'],
        },
        logs: { receivers: ['otlp'], processors: ['memory_limiter'], exporters: ['otlp_http/loki'] },
      },
    },
  }
}

export function collectorArguments(configFile: string): string[] {
  return [`--config=${configFile}`]
}

/** A store that restarts gets what it missed; one that stays away for long costs bounded memory. */
function exporter(endpoint: string) {
  return {
    endpoint,
    retry_on_failure: { initial_interval: '500ms', max_interval: '5s', max_elapsed_time: '5m' },
    sending_queue: {
      queue_size: 20_000,
      sizer: 'items',
      batch: { flush_timeout: '1s', min_size: 500, max_size: 2_000 },
    },
  }
}
