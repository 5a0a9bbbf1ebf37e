/** Evaluates rule groups on their intervals and answers for them as Prometheus' API does. */
import { createEvaluator, type Evaluator, loadRules, type RuleGroup } from '../../engines/promql/index.ts'
import type { Alert } from '../../engines/promql/rules/alerts.ts'
import type { Rule } from '../../engines/promql/rules/groups.ts'
import type { Store } from '../../engines/promql/store/memory.ts'

export interface RuleFile {
  path: string
  text: string
}

interface RulesOptions {
  files: readonly RuleFile[]
  /** Milliseconds. */
  interval: number
  externalLabels: Readonly<Record<string, string>>
  externalUrl: string
  store: Store
  /** Alerts that fire, or ended within the last quarter of an hour, after each evaluation of a group. */
  onAlerts: (alerts: readonly SentAlert[]) => void
}

/** As Prometheus posts it to Alertmanager. */
export interface SentAlert {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: number
  /** Undefined while it fires. */
  endsAt: number | undefined
  generatorUrl: string
}

export interface Rules {
  /** Evaluates each group whose time has come. */
  runDue(now: number): void
  /** Goes on with these files instead; throws where one cannot be read, and then changes nothing. */
  reload(files: readonly RuleFile[], now: number): void
  groups(): readonly GroupState[]
  json(parameters: URLSearchParams): object
  alertsJson(): object
  firing(): number
  /** What the alerts remember, for the next run. */
  save: Evaluator['save']
  resume: Evaluator['resume']
}

interface GroupState {
  group: RuleGroup
  interval: number
  nextAt: number
  /** Milliseconds the last evaluation took. */
  took: number
  evaluatedAt: number | undefined
  iterations: number
  missed: number
  failures: number
}

/**
 * What builds on the results of other groups would be there only after several intervals. Somebody who has just started
 * the lab waits for it, so at first every group is evaluated this often.
 */
const first = { interval: 2000, lasts: 20_000 }

/** A file is kept whole or read anew, so that what did not change goes on undisturbed. */
interface LoadedFile extends RuleFile {
  evaluator: Evaluator
  states: GroupState[]
}

export function createRules(options: RulesOptions): Rules {
  const { interval, store, onAlerts, externalUrl } = options
  const resolved = new Map<string, SentAlert>()
  const begin = Date.now()
  let files = load(options.files)

  function load(given: readonly RuleFile[]): LoadedFile[] {
    const read = given.map(file => ({ ...file, groups: loadRules(file.text, file.path) }))
    const count = read.reduce((sum, { groups }) => sum + groups.length, 0)
    let index = 0
    return read.map(({ path, text, groups }) => ({
      ...{ path, text, evaluator: evaluatorOf(groups) },
      states: groups.map((group): GroupState => {
        const every = group.interval ?? interval
        return {
          ...{ group, interval: every, took: 0, evaluatedAt: undefined },
          // Spread over the interval, so that they do not all come at once.
          nextAt: Date.now() + Math.floor((index++ * Math.min(every, interval)) / count),
          ...{ iterations: 0, missed: 0, failures: 0 },
        }
      }),
    }))
  }

  function evaluatorOf(groups: readonly RuleGroup[]): Evaluator {
    return createEvaluator(groups, store, {
      interval,
      externalLabels: options.externalLabels,
      externalUrl,
      onTransition({ from, alert }) {
        if (alert.state !== 'inactive' || from !== 'firing') return
        const sent = sentAlert(alert, externalUrl)
        resolved.set(keyOfAlert(sent), sent)
      },
    })
  }

  function run({ evaluator }: LoadedFile, state: GroupState, now: number): void {
    const startedAt = performance.now()
    evaluator.tick(state.nextAt, state.group)
    state.took = performance.now() - startedAt
    state.evaluatedAt = state.nextAt
    state.iterations++
    state.failures += statusOf(evaluator, state.group).filter(({ error }) => error !== undefined).length
    const isFirst = now - begin < first.lasts
    const every = isFirst ? Math.min(first.interval, state.interval) : state.interval
    const passed = Math.max(1, Math.floor((now - state.nextAt) / every) + 1)
    state.missed += passed - 1
    state.nextAt += passed * every
    tell(state.evaluatedAt)
  }

  const alerts = () => files.flatMap(({ evaluator }) => evaluator.alerts())
  const firing = () => alerts().filter(({ state }) => state === 'firing')

  function tell(now: number): void {
    for (const [key, { endsAt }] of resolved) if (now - endsAt! > resolvedFor) resolved.delete(key)
    const sent = firing().map(alert => sentAlert(alert, externalUrl))
    for (const alert of sent) resolved.delete(keyOfAlert(alert))
    onAlerts([...sent, ...resolved.values()])
  }

  /** Alerts of rules that are still there go on; those of others end. */
  function reload(given: readonly RuleFile[], now: number): void {
    const isIn = (list: readonly RuleFile[]) => (file: RuleFile) =>
      list.some(({ path, text }) => path === file.path && text === file.text)
    // Whatever is wrong with them is found before anything is changed.
    const added = load(given.filter(file => !isIn(files)(file)))
    const left = files.filter(file => !isIn(given)(file))
    const before = firing().map(alert => sentAlert(alert, externalUrl))
    const saved = left.flatMap(({ evaluator }) => evaluator.save())
    for (const { evaluator } of left) evaluator.end(now)
    for (const { evaluator } of added) evaluator.resume(saved)
    files = [...files.filter(isIn(given)), ...added].sort((a, b) => (a.path < b.path ? -1 : 1))
    for (const alert of before) resolved.set(keyOfAlert(alert), { ...alert, endsAt: now })
    tell(now)
  }

  return {
    runDue(now) {
      for (const file of files)
        for (const state of file.states) if (state.nextAt <= now) run(file, state, now)
    },
    reload,
    groups: () => files.flatMap(({ states }) => states),
    json: parameters => ({
      groups: files.flatMap(({ evaluator, states }) => groupsJson(evaluator, states, parameters)),
    }),
    alertsJson: () => ({ alerts: alerts().map(alertJson) }),
    firing: () => firing().length,
    save: () => files.flatMap(({ evaluator }) => evaluator.save()),
    resume: saved => {
      for (const { evaluator } of files) evaluator.resume(saved)
    },
  }
}

const resolvedFor = 15 * 60_000

function keyOfAlert({ labels }: SentAlert): string {
  return JSON.stringify(labels)
}

function statusOf(evaluator: Evaluator, group: RuleGroup) {
  return evaluator.status().filter(status => status.group === group)
}

function sentAlert(alert: Readonly<Alert>, externalUrl: string): SentAlert {
  const { labels, annotations, activeAt, resolvedAt, rule } = alert
  const pane = { queries: [{ refId: 'A', expr: rule.query }] }
  return {
    labels: Object.fromEntries(labels),
    annotations: Object.fromEntries(annotations),
    startsAt: alert.firedAt ?? activeAt,
    endsAt: resolvedAt,
    generatorUrl: `${externalUrl}/explore?panes=${encodeURIComponent(JSON.stringify({ a: pane }))}`,
  }
}

function groupsJson(
  evaluator: Evaluator,
  states: readonly GroupState[],
  parameters: URLSearchParams,
): object[] {
  const names = parameters.getAll('rule_name[]')
  const groupNames = parameters.getAll('rule_group[]')
  const files = parameters.getAll('file[]')
  const type = parameters.get('type')
  const isWanted = (asked: string[], name: string) => asked.length === 0 || asked.includes(name)
  const alerts = evaluator.alerts()
  return states
    .filter(({ group }) => isWanted(groupNames, group.name) && isWanted(files, group.file))
    .map(state => ({
      name: state.group.name,
      file: state.group.file,
      rules: statusOf(evaluator, state.group)
        .filter(({ rule }) => isWanted(names, rule.name))
        .filter(({ rule }) => !type || (type === 'alert') === (rule.kind === 'alerting'))
        .map(({ rule, error, evaluatedAt }) => ({
          ...ruleJson(rule, alerts),
          health: evaluatedAt === undefined ? 'unknown' : error === undefined ? 'ok' : 'err',
          ...(error !== undefined && { lastError: error }),
          evaluationTime: 0,
          lastEvaluation: timeJson(evaluatedAt),
        })),
      interval: state.interval / 1000,
      limit: state.group.limit,
      evaluationTime: state.took / 1000,
      lastEvaluation: timeJson(state.evaluatedAt),
    }))
    .filter(({ rules }) => rules.length > 0)
}

function ruleJson(rule: Rule, alerts: readonly Alert[]): object {
  if (rule.kind === 'recording')
    return { name: rule.name, query: rule.query, labels: Object.fromEntries(rule.labels), type: 'recording' }
  const own = alerts.filter(alert => alert.rule === rule)
  const isFiring = own.some(({ state }) => state === 'firing')
  return {
    state: isFiring ? 'firing' : own.length > 0 ? 'pending' : 'inactive',
    name: rule.name,
    query: rule.query,
    duration: rule.for / 1000,
    keepFiringFor: rule.keepFiringFor / 1000,
    labels: Object.fromEntries(rule.labels),
    annotations: Object.fromEntries(
      rule.annotationTemplates.map(({ name, template }) => [name, template.text]),
    ),
    alerts: own.map(alertJson),
    type: 'alerting',
  }
}

function alertJson({ labels, annotations, state, activeAt, value }: Alert): object {
  return {
    labels: Object.fromEntries(labels),
    annotations: Object.fromEntries(annotations),
    state,
    activeAt: new Date(activeAt).toISOString(),
    value: String(value),
  }
}

function timeJson(time: number | undefined): string {
  return time === undefined ? '0001-01-01T00:00:00Z' : new Date(time).toISOString()
}
