/** Every port of the stack, once. A port with a variable is published on the host's loopback, where it can be moved. */

export interface Port {
  number: number
  variable?: string
  /** Whose port it is, as people know it. */
  title: string
}

export const ports = {
  grafana: { number: 3000, variable: 'GRAFANA_PORT', title: 'Grafana' },
  prometheus: { number: 9090, variable: 'PROMETHEUS_PORT', title: 'Prometheus' },
  alertmanager: { number: 9093, variable: 'ALERTMANAGER_PORT', title: 'Alertmanager' },
  receiver: { number: 9094, variable: 'RECEIVER_PORT', title: 'the notification receiver' },
  loki: { number: 3100, variable: 'LOKI_PORT', title: 'Loki' },
  tempo: { number: 3200, variable: 'TEMPO_PORT', title: 'Tempo' },
  otlpHttp: { number: 4318, variable: 'OTLP_HTTP_PORT', title: 'the collector (OTLP over HTTP)' },
  otlpGrpc: { number: 4317, variable: 'OTLP_GRPC_PORT', title: 'the collector (OTLP over gRPC)' },
  shop: { number: 8080, variable: 'SHOP_PORT', title: 'the shop' },
  shopAdmin: { number: 9464, variable: 'SHOP_ADMIN_PORT', title: "the shop's admin port" },
  payments: { number: 8081, variable: 'PAYMENTS_PORT', title: 'payments' },
  paymentsAdmin: { number: 9465, variable: 'PAYMENTS_ADMIN_PORT', title: "payments' admin port" },
  worker: { number: 8082, variable: 'WORKER_PORT', title: 'the worker' },
  workerAdmin: { number: 9466, variable: 'WORKER_ADMIN_PORT', title: "the worker's admin port" },
  load: { number: 9467, variable: 'LOAD_PORT', title: "the load generator's metrics" },
  postgres: { number: 5432, title: 'Postgres' },
  valkey: { number: 6379, title: 'Valkey' },
  collectorMetrics: { number: 8888, title: "the collector's metrics" },
  collectorHealth: { number: 13133, title: "the collector's health" },
  tempoOtlp: { number: 4319, title: 'Tempo (OTLP over HTTP, from the collector)' },
  tempoGrpc: { number: 9095, title: 'Tempo (between its own parts)' },
  lokiGrpc: { number: 9096, title: 'Loki (between its own parts)' },
} as const satisfies Record<string, Port>

export type PortName = keyof typeof ports
