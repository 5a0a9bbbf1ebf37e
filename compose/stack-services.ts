/** The containers that collect, keep and show telemetry. */

import { ports } from '../contract/ports.ts'
import { alertmanagerArguments } from './alertmanager.ts'
import { collectorArguments, collectorMemoryMb } from './collector.ts'
import { grafanaSettings } from './grafana.ts'
import { lokiArguments } from './loki.ts'
import { presetVariable } from './presets.ts'
import { prometheusArguments } from './prometheus.ts'
import {
  configuration,
  goMemory,
  health,
  healthUrl,
  hostAddresses,
  type Service,
  variable,
} from './service.ts'
import { containers, linkVariables } from './targets.ts'
import { tempoArguments } from './tempo.ts'
import { images } from './versions.ts'

const ofPreset = (file: string) => configuration(`${variable(presetVariable)}/${file}`)

/** Of Go's servers, which learn of their limit and stay below it. */
const memoryMb = {
  grafana: 288,
  prometheus: 256,
  alertmanager: 48,
  loki: 176,
  tempo: 208,
  collector: collectorMemoryMb,
} as const

export const stackServices = {
  grafana: {
    memoryMb: memoryMb.grafana,
    publishes: ['grafana'],
    after: {
      prometheus: 'service_healthy',
      alertmanager: 'service_healthy',
      loki: 'service_healthy',
      tempo: 'service_healthy',
    },
    volumes: { [containers.data('grafana')]: 'grafana' },
    scratch: ['/tmp', '/var/log/grafana'],
    readsGenerated: true,
    definition: {
      image: images.grafana,
      environment: {
        ...grafanaSettings(containers, ofPreset('grafana')),
        GOMEMLIMIT: goMemory(memoryMb.grafana),
        GF_SERVER_ROOT_URL: `${hostAddresses.grafana}/`,
      },
      healthcheck: healthUrl('grafana', '/api/health'),
    },
  },
  prometheus: {
    memoryMb: memoryMb.prometheus,
    publishes: ['prometheus'],
    after: { history: 'service_completed_successfully' },
    volumes: { [containers.data('prometheus')]: 'prometheus' },
    readsGenerated: true,
    definition: {
      image: images.prometheus,
      command: prometheusArguments(containers, ofPreset('prometheus.yml'), variable('METRICS_RETENTION')),
      environment: {
        GOMEMLIMIT: goMemory(memoryMb.prometheus),
        [linkVariables.grafana]: hostAddresses.grafana,
        [linkVariables.runbooks]: hostAddresses.runbooks,
      },
      // Replays its log after a crash.
      stop_grace_period: '30s',
      healthcheck: healthUrl('prometheus', '/-/ready'),
    },
  },
  alertmanager: {
    memoryMb: memoryMb.alertmanager,
    publishes: ['alertmanager'],
    after: { receiver: 'service_started' },
    volumes: { [containers.data('alertmanager')]: 'alertmanager' },
    readsGenerated: true,
    definition: {
      image: images.alertmanager,
      command: alertmanagerArguments(containers, ofPreset('alertmanager.yml')),
      healthcheck: healthUrl('alertmanager', '/-/ready'),
    },
  },
  loki: {
    memoryMb: memoryMb.loki,
    publishes: ['loki'],
    volumes: { [containers.data('loki')]: 'loki' },
    scratch: ['/tmp'],
    readsGenerated: true,
    definition: {
      image: images.loki,
      command: lokiArguments(configuration('loki.yaml')),
      environment: { GOMEMLIMIT: goMemory(memoryMb.loki) },
      // The image has no shell.
      healthcheck: health(
        '/usr/bin/loki',
        '-health',
        `-health.url=http://127.0.0.1:${ports.loki.number}/ready`,
      ),
    },
  },
  tempo: {
    memoryMb: memoryMb.tempo,
    publishes: ['tempo'],
    after: { prometheus: 'service_healthy' },
    volumes: { [containers.data('tempo')]: 'tempo' },
    scratch: ['/tmp'],
    readsGenerated: true,
    definition: {
      image: images.tempo,
      command: tempoArguments(configuration('tempo.yaml')),
      environment: { GOMEMLIMIT: goMemory(memoryMb.tempo) },
      healthcheck: health('/tempo', '-health', `-health.url=http://127.0.0.1:${ports.tempo.number}/ready`),
    },
  },
  collector: {
    memoryMb: memoryMb.collector,
    publishes: ['otlpHttp', 'otlpGrpc'],
    after: { loki: 'service_started', tempo: 'service_started' },
    readsGenerated: true,
    definition: {
      image: 'sightline-collector',
      // The collector's image holds one program only; busybox asks it for its health.
      build: {
        context: '.',
        dockerfile_inline: [
          `FROM ${images.busybox} AS probe`,
          `FROM ${images.collector}`,
          'COPY --from=probe /bin/busybox /bin/wget',
          '',
        ].join('\n'),
      },
      command: collectorArguments(configuration('collector.yaml')),
      environment: {
        GOMEMLIMIT: goMemory(memoryMb.collector),
        TRACES_KEPT_PERCENT: variable('TRACES_KEPT_PERCENT', '100'),
      },
      healthcheck: health(
        '/bin/wget',
        '-qO',
        '/dev/null',
        `http://127.0.0.1:${ports.collectorHealth.number}/`,
      ),
    },
  },
} as const satisfies Record<string, Service>
