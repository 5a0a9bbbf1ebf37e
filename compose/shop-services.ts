/** The containers of the shop: its three roles, what they depend on, its visitors, and who hears of its alerts. */
import { heapLimits } from '../app/heap-limits.ts'
import { type PortName, ports } from '../contract/ports.ts'
import { presetVariable } from './presets.ts'
import { type Condition, health, healthUrl, hostAddresses, type Service, variable } from './service.ts'
import { containers } from './targets.ts'
import { images, productVersion } from './versions.ts'

/** Journeys a second, as a mean over the day: enough to fill every panel, little for a laptop. */
export const baselineRate = 10

/** Postgres' user in its own image. */
const postgresUser = '70:70'
/** `nobody`, as whom Prometheus runs and whose data the history becomes. */
const prometheusUser = '65534:65534'

const kit = (service: string) => ({
  OTEL_SERVICE_NAME: service,
  OTEL_RESOURCE_ATTRIBUTES: `service.version=${productVersion},deployment.environment.name=lab`,
  OTEL_EXPORTER_OTLP_ENDPOINT: `http://${containers.address('collector', 'otlpHttp')}`,
  LOG_LEVEL: variable('LOG_LEVEL', 'info'),
})

const image = {
  image: 'sightline',
  build: { context: '.', dockerfile: 'compose/Dockerfile', args: buildArguments() },
}

/** Half of a container is for what it allocates; the rest is for the program, its buffers and young objects. */
function node(memoryMb: number): string[] {
  return ['node', ...heapLimits(memoryMb / 2)]
}

const instrumentation = ['--import', './otel/register.ts']

const loadMemoryMb = 96
const receiverMemoryMb = 64
const faultMemoryMb = 64

/** Where the image has a folder for its user. */
const ledgerFolder = '/var/lib/sightline'

export const shopServices = {
  shop: role('shop', 320, 'shop', 'shopAdmin', {
    postgres: 'service_healthy',
    valkey: 'service_healthy',
    payments: 'service_healthy',
  }),
  payments: role('payments', 144, 'payments', 'paymentsAdmin', {}),
  worker: role('worker', 160, 'worker', 'workerAdmin', { postgres: 'service_healthy' }),
  load: {
    memoryMb: loadMemoryMb,
    publishes: ['load'],
    after: { shop: 'service_healthy', worker: 'service_healthy' },
    definition: {
      ...image,
      command: [
        ...node(loadMemoryMb),
        ...instrumentation,
        'scripts/load.ts',
        `--url=http://${containers.address('shop', 'shop')}`,
        `--rate=${variable('LOAD_RATE', String(baselineRate))}`,
        '--curve=daily',
        `--day=${variable('LOAD_DAY')}`,
        '--duration=forever',
        `--metrics-port=${ports.load.number}`,
      ],
      environment: { HOST: containers.listen, ALLOWED_HOSTS: 'load', OTEL_SERVICE_NAME: 'load' },
      healthcheck: healthUrl('load', '/health/live'),
    },
  },
  receiver: {
    memoryMb: receiverMemoryMb,
    publishes: ['receiver'],
    definition: {
      ...image,
      command: [...node(receiverMemoryMb), 'compose/receiver/receiver.ts'],
      environment: {
        HOST: containers.listen,
        ALLOWED_HOSTS: 'receiver',
        [ports.receiver.variable]: String(ports.receiver.number),
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${containers.address('collector', 'otlpHttp')}`,
        ALERTMANAGER_URL: `http://${containers.address('alertmanager', 'alertmanager')}`,
        GRAFANA_URL: hostAddresses.grafana,
      },
      healthcheck: healthUrl('receiver', '/healthz'),
    },
  },
  fault: {
    memoryMb: faultMemoryMb,
    onRequest: true,
    definition: {
      ...image,
      entrypoint: [...node(faultMemoryMb), 'scripts/fault.ts'],
      command: ['list'],
      environment: {
        SHOP_ADMIN_URL: `http://${containers.address('shop', 'shopAdmin')}`,
        PAYMENTS_ADMIN_URL: `http://${containers.address('payments', 'paymentsAdmin')}`,
        WORKER_ADMIN_URL: `http://${containers.address('worker', 'workerAdmin')}`,
      },
    },
  },
  postgres: {
    memoryMb: 128,
    networks: ['stores'],
    volumes: { '/var/lib/postgresql': 'postgres' },
    scratch: ['/tmp', '/var/run/postgresql'],
    definition: {
      image: images.postgres,
      user: postgresUser,
      command: ['-c', 'shared_buffers=32MB', '-c', 'max_connections=60', '-c', 'jit=off'],
      environment: { POSTGRES_USER: 'shop', POSTGRES_DB: 'shop', POSTGRES_HOST_AUTH_METHOD: 'trust' },
      shm_size: '32mb',
      healthcheck: health('pg_isready', '-q', '-h', '127.0.0.1', '-U', 'shop'),
    },
  },
  valkey: {
    memoryMb: 32,
    networks: ['stores'],
    scratch: ['/data'],
    definition: {
      image: images.valkey,
      user: '999:1000',
      // Who reaches it at all, on a network of its own, may use it.
      command: [
        'valkey-server',
        ...['--save', '', '--protected-mode', 'no'],
        ...['--maxmemory', '16mb', '--maxmemory-policy', 'allkeys-lru'],
      ],
      healthcheck: health('valkey-cli', 'ping'),
    },
  },
  history: {
    memoryMb: 512,
    runsOnce: true,
    volumes: { [containers.data('prometheus')]: 'prometheus' },
    scratch: ['/tmp'],
    definition: {
      image: 'sightline-history',
      build: { ...image.build, target: 'history' },
      user: prometheusUser,
      command: ['node', 'compose/history.ts', containers.data('prometheus')],
      environment: {
        [presetVariable]: variable(presetVariable),
        SIGHTLINE_HISTORY: variable('SIGHTLINE_HISTORY', 'on'),
      },
    },
  },
} as const satisfies Record<string, Service>

function role(
  name: 'shop' | 'payments' | 'worker',
  memoryMb: number,
  port: PortName,
  adminPort: PortName,
  after: Record<string, Condition>,
): Service {
  return {
    memoryMb,
    publishes: [port, adminPort],
    after,
    networks: name === 'payments' ? ['default'] : ['default', 'stores'],
    ...(name === 'payments' ? { volumes: { [ledgerFolder]: 'payments' } } : {}),
    definition: {
      ...image,
      command: [...node(memoryMb), ...instrumentation, `app/${name}.ts`],
      environment: {
        ...kit(name),
        HOST: containers.listen,
        // Prometheus and the other services call it by the name of its container.
        ALLOWED_HOSTS: name,
        ...(name === 'payments'
          ? { PAYMENTS_LEDGER: `${ledgerFolder}/payments.ledger` }
          : { DATABASE_URL: `postgres://shop@${containers.address('postgres', 'postgres')}/shop` }),
        ...(name === 'payments'
          ? {}
          : { PAYMENTS_URL: `http://${containers.address('payments', 'payments')}` }),
        ...(name === 'shop' ? { REDIS_URL: `redis://${containers.address('valkey', 'valkey')}` } : {}),
      },
      healthcheck: healthUrl(adminPort, '/health/ready'),
    },
  }
}

function buildArguments() {
  return { NODE_IMAGE: images.node, PROMETHEUS_IMAGE: images.prometheus }
}
