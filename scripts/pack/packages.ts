/** The packages that are made of this repository: what each offers, and how heavy it may become. */
import { partsOfTheLab } from './lab-parts.ts'

export interface Package {
  /** Below the scope. */
  name: string
  description: string
  /** The file behind each path that can be imported, `.` being the package itself. */
  exports: { readonly [path: string]: string }
  /** The file behind each program. */
  bin?: { readonly [program: string]: string }
  /** Files that are left out with what they import: the code asks for them only in the repository. */
  without?: readonly string[]
  /** Made while packing, as a package has no sources: files by their paths. */
  made?: () => Promise<Record<string, string>>
  /** The most that its tarball may weigh, in kB; a test holds it to that. */
  mostKilobytes: number
}

export const scope = '@sightline-kit'

/** What its code needs of Node, which is also what OpenTelemetry's SDK needs. */
export const oldestNode = '22.15'

export const packages: readonly Package[] = [
  {
    name: 'cli',
    description: 'Dashboards and SLO alerts for a service, verified against what it really exposes',
    exports: {},
    bin: { sightline: 'scripts/pack/start.ts' },
    without: ['lab/processes.ts'],
    made: partsOfTheLab,
    mostKilobytes: 1000,
  },
  {
    name: 'dashboards',
    description: 'Grafana dashboards as typed data, checked before they are written',
    exports: {
      './model': 'dashboards/kit/model.ts',
      './panels': 'dashboards/kit/panels.ts',
      './queries': 'dashboards/kit/queries.ts',
      './log-and-trace-queries': 'dashboards/kit/log-and-trace-queries.ts',
      './variables': 'dashboards/kit/variables.ts',
      './links': 'dashboards/kit/links.ts',
      './catalogue': 'dashboards/kit/check/catalogue.ts',
      './render': 'dashboards/kit/render.ts',
      './lint': 'dashboards/kit/lint-rules/lint.ts',
      './live': 'dashboards/kit/live/live.ts',
      './expr': 'contract/expr.ts',
      './signals': 'otel/signals.ts',
    },
    mostKilobytes: 60,
  },
  {
    name: 'slo',
    description:
      'Multi-window burn-rate rules for Prometheus, and their tests, from objectives as typed data',
    exports: {
      './objectives': 'alerts/objectives.ts',
      './check': 'alerts/slo/check.ts',
      './rules': 'alerts/slo/rules.ts',
      './rule-files': 'alerts/rules.ts',
      './rule-tests': 'alerts/rule-tests/slo.ts',
      './unit-tests': 'alerts/unit-tests.ts',
      './routing': 'alerts/routing/alertmanager.ts',
      './windows': 'contract/windows.ts',
      './expr': 'contract/expr.ts',
      './signals': 'otel/signals.ts',
    },
    mostKilobytes: 75,
  },
  {
    name: 'otel',
    description: 'Metrics, traces and logs of a Node service from one list of signals',
    exports: {
      './register': 'otel/register.ts',
      './admin': 'otel/admin.ts',
      './exposition': 'otel/exposition.ts',
      './express': 'otel/express.ts',
      './fastify': 'otel/fastify.ts',
      './guard': 'otel/guard.ts',
      './hono': 'otel/hono.ts',
      './http': 'otel/http.ts',
      './jobs': 'otel/jobs.ts',
      './koa': 'otel/koa.ts',
      './lifecycle': 'otel/lifecycle.ts',
      './logs': 'otel/logs.ts',
      './metrics': 'otel/metrics.ts',
      './node-http': 'otel/node-http.ts',
      './postgres': 'otel/postgres.ts',
      './signals': 'otel/signals.ts',
      './traces': 'otel/traces.ts',
    },
    mostKilobytes: 72,
  },
  {
    name: 'promql',
    description: 'A PromQL engine, a store of samples and a rule evaluator in one process',
    exports: {
      '.': 'engines/promql/index.ts',
      './data-file': 'engines/promql/files/data-file.ts',
      './replay': 'engines/promql/replay/run.ts',
      './serve': 'engines/promql/serve/server.ts',
    },
    mostKilobytes: 180,
  },
  {
    name: 'logql',
    description: 'A LogQL engine and a store of log lines in one process',
    exports: {
      '.': 'engines/logql/index.ts',
      './otlp-file': 'engines/logql/files/otlp-file.ts',
      './serve': 'engines/logql/serve/server.ts',
    },
    mostKilobytes: 140,
  },
  {
    name: 'traceql',
    description: 'A TraceQL engine and a store of spans in one process',
    exports: {
      '.': 'engines/traceql/index.ts',
      './otlp-file': 'engines/traceql/files/otlp-file.ts',
      './serve': 'engines/traceql/serve/server.ts',
    },
    mostKilobytes: 105,
  },
]
