/** The program of the package @sightline-kit/cli: each verb that works away from this repository. */
import { command, commandGroup, program } from './command.ts'
import { version } from './installed.ts'

const usage = `Usage: npx --no-install ${program} VERB [options]

  init       puts dashboards, SLOs, rule tests and a CI workflow into a repository, and updates them
  export     writes dashboards and alerts for a service, verified against the metrics it has
  check      asks a running Prometheus every query of an exported folder
  slo        rules, rule tests and a dashboard from the SLO files of Sloth, OpenSLO and Pyrra
  publish    posts dashboards to a running Grafana
  tune       scores alerting policies over months with known incidents
  lab        dashboards, alerts and stores for your services in one process, without Grafana and Prometheus
  promql     queries, rules and rule tests over files, without a server
  logql      Loki's language over a file of OTLP lines
  traceql    Tempo's language over a file of OTLP lines
  generate   writes the dashboards, rules and configs of Sightline's own lab
  version    prints the version of this package

\`npx --no-install ${program} VERB --help\` lists a verb's options.`

export const verbs = {
  init: async () => (await import('./init.ts')).main,
  export: async () => (await import('./export.ts')).main,
  check: async () => (await import('./check-queries.ts')).main,
  slo: async () => (await import('./slo.ts')).main,
  publish: async () => (await import('./publish.ts')).main,
  lab: async () => (await import('./lab.ts')).main,
  tune: async () => (await import('./tune.ts')).main,
  promql: async () => (await import('./promql.ts')).main,
  logql: async () => (await import('./logql.ts')).main,
  traceql: async () => (await import('./traceql.ts')).main,
  generate: async () => (await import('./generate.ts')).main,
  version: async () => tellVersion,
}

const tellVersion = command({
  name: 'version',
  usage: `Usage: npx --no-install ${program} version`,
  options: {},
  run: () => {
    console.log(version())
    return 0
  },
})

export const main = commandGroup({ name: program, usage, toDo: `run ${program}` }, verbs)
