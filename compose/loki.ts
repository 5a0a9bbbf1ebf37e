/** Loki: one process on the file system, few labels, everything else as structured metadata. */
import { retention } from './retention.ts'
import type { Target } from './targets.ts'

export function lokiConfig(target: Target) {
  const folder = target.data('loki')
  return {
    auth_enabled: false,
    analytics: { reporting_enabled: false },
    server: {
      http_listen_address: target.listen,
      http_listen_port: target.port('loki'),
      grpc_listen_address: '127.0.0.1',
      grpc_listen_port: target.port('lokiGrpc'),
      log_level: 'warn',
    },
    common: {
      path_prefix: folder,
      instance_addr: '127.0.0.1',
      replication_factor: 1,
      ring: { kvstore: { store: 'inmemory' } },
      storage: { filesystem: { chunks_directory: `${folder}/chunks`, rules_directory: `${folder}/rules` } },
    },
    schema_config: {
      configs: [
        {
          from: '2024-01-01',
          store: 'tsdb',
          object_store: 'filesystem',
          schema: 'v13',
          index: { prefix: 'index_', period: '24h' },
        },
      ],
    },
    // A new stack is ready at once instead of after the ring has settled for fifteen seconds.
    ingester: { lifecycler: { min_ready_duration: '0s' } },
    compactor: {
      working_directory: `${folder}/compactor`,
      retention_enabled: true,
      delete_request_store: 'filesystem',
    },
    limits_config: {
      retention_period: retention.logs,
      volume_enabled: true,
      // By default `severity` counts as well, which is `page` or `ticket` in a notification.
      log_level_fields: ['level', 'severity_text'],
      otlp_config: {
        resource_attributes: {
          ignore_defaults: true,
          attributes_config: [
            { action: 'index_label', attributes: ['service.name', 'deployment.environment.name'] },
          ],
        },
      },
    },
  }
}

export function lokiArguments(configFile: string): string[] {
  return [`-config.file=${configFile}`]
}
