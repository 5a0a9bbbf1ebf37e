/** Every image of the stack, pinned; each exists for amd64 and arm64. */

export const versions = {
  grafana: '13.2.0',
  prometheus: 'v3.14.0',
  alertmanager: 'v0.33.1',
  loki: '3.7.6',
  tempo: '3.0.3',
  collector: '0.159.0',
  postgres: '18.4-alpine',
  valkey: '9.0.4-alpine',
  node: '24.21.0-alpine',
  busybox: '1.37.0-musl',
} as const

export const images = {
  grafana: `grafana/grafana:${versions.grafana}`,
  prometheus: `prom/prometheus:${versions.prometheus}`,
  alertmanager: `prom/alertmanager:${versions.alertmanager}`,
  loki: `grafana/loki:${versions.loki}`,
  tempo: `grafana/tempo:${versions.tempo}`,
  collector: `otel/opentelemetry-collector-contrib:${versions.collector}`,
  postgres: `postgres:${versions.postgres}`,
  valkey: `valkey/valkey:${versions.valkey}`,
  node: `node:${versions.node}`,
  busybox: `busybox:${versions.busybox}`,
} as const

/** Of package.json, which a test holds it to. */
export const productVersion = '0.1.0'
