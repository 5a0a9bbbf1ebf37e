/** Tempo: traces on the file system; span metrics and the service graph go to Prometheus with exemplars. */
import { duration } from '../contract/durations.ts'
import { practice } from '../contract/windows.ts'
import { httpServer, traceIdField } from '../otel/signals.ts'
import { retention } from './retention.ts'
import type { Target } from './targets.ts'

export function tempoConfig(target: Target) {
  const folder = target.data('tempo')
  return {
    stream_over_http_enabled: true,
    usage_report: { reporting_enabled: false },
    server: {
      http_listen_address: target.listen,
      http_listen_port: target.port('tempo'),
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: target.port('tempoGrpc'),
      log_level: 'warn',
    },
    distributor: {
      receivers: {
        otlp: { protocols: { http: { endpoint: `${target.listen}:${target.port('tempoOtlp')}` } } },
      },
    },
    storage: {
      trace: {
        backend: 'local',
        wal: { path: `${folder}/wal` },
        local: { path: `${folder}/blocks` },
      },
    },
    live_store: {
      wal: { path: `${folder}/live-store/traces` },
      shutdown_marker_dir: `${folder}/live-store/shutdown-marker`,
    },
    block_builder: { wal: { path: `${folder}/block-builder/traces` } },
    backend_scheduler: {
      local_work_path: folder,
      provider: { compaction: { compaction: { block_retention: retention.traces } } },
    },
    metrics_generator: {
      // As often as the fastest preset scrapes, so that rates over its shortest window see several samples.
      registry: { collection_interval: duration(practice.scrapeInterval) },
      storage: {
        path: `${folder}/generator`,
        remote_write: [
          { url: `http://${target.address('prometheus', 'prometheus')}/api/v1/write`, send_exemplars: true },
        ],
      },
    },
    overrides: {
      defaults: {
        metrics_generator: {
          processors: ['service-graphs', 'span-metrics'],
          // Its own begin at 100 ms, below which most requests end.
          processor: { service_graphs: { histogram_buckets: [...httpServer.duration.buckets!] } },
          trace_id_label_name: traceIdField,
        },
      },
    },
  }
}

export function tempoArguments(configFile: string): string[] {
  return [`-config.file=${configFile}`]
}
