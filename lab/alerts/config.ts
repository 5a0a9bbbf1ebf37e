/** The part of Alertmanager's configuration that the lab acts on; what it does not know is refused by name. */

import { seconds } from '../../contract/durations.ts'
import { UserError } from '../../contract/user-error.ts'
import { type LabelMatcher, predicateOf } from '../../engines/matchers.ts'

export type Matches = (labels: Readonly<Record<string, string>>) => boolean

export interface AlertRoute {
  receiver: string
  groupBy: readonly string[]
  /** Milliseconds. */
  groupWait: number
  groupInterval: number
  repeatInterval: number
  matches: Matches
  goesOn: boolean
  routes: readonly AlertRoute[]
}

interface Inhibition {
  source: Matches
  target: Matches
  equal: readonly string[]
}

export interface Webhook {
  url: string
  sendResolved: boolean
}

export interface AlertConfig {
  route: AlertRoute
  inhibitions: readonly Inhibition[]
  /** Webhooks by the name of their receiver. */
  receivers: ReadonlyMap<string, readonly Webhook[]>
}

interface RawRoute {
  receiver?: string
  group_by?: string[]
  group_wait?: string
  group_interval?: string
  repeat_interval?: string
  matchers?: string[]
  continue?: boolean
  routes?: RawRoute[]
}

interface RawConfig {
  route: RawRoute
  inhibit_rules?: { source_matchers: string[]; target_matchers: string[]; equal?: string[] }[]
  receivers: { name: string; webhook_configs?: { url: string; send_resolved?: boolean }[] }[]
}

const defaults = {
  receiver: '',
  groupBy: [],
  groupWait: 30_000,
  groupInterval: 300_000,
  repeatInterval: 14_400_000,
}

export function readAlertConfig(raw: unknown): AlertConfig {
  const { route, inhibit_rules: inhibitRules = [], receivers } = raw as RawConfig
  return {
    route: readRoute(route, defaults),
    inhibitions: inhibitRules.map(({ source_matchers: source, target_matchers: target, equal = [] }) => ({
      source: matchesAll(source),
      target: matchesAll(target),
      equal,
    })),
    receivers: new Map(
      receivers.map(({ name, webhook_configs: webhooks = [], ...others }) => {
        const [unknown] = Object.keys(others)
        if (unknown !== undefined)
          throw new UserError(
            `Cannot use receiver "${name}" of Alertmanager's configuration: expected webhook_configs, got ${unknown}`,
          )
        return [name, webhooks.map(({ url, send_resolved = true }) => ({ url, sendResolved: send_resolved }))]
      }),
    ),
  }
}

type Inherited = Pick<AlertRoute, 'receiver' | 'groupBy' | 'groupWait' | 'groupInterval' | 'repeatInterval'>

function readRoute(raw: RawRoute, above: Inherited): AlertRoute {
  const time = (text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : seconds(text) * 1000
  const own: Inherited = {
    receiver: raw.receiver ?? above.receiver,
    groupBy: raw.group_by ?? above.groupBy,
    groupWait: time(raw.group_wait, above.groupWait),
    groupInterval: time(raw.group_interval, above.groupInterval),
    repeatInterval: time(raw.repeat_interval, above.repeatInterval),
  }
  return {
    ...own,
    matches: matchesAll(raw.matchers ?? []),
    goesOn: raw.continue === true,
    routes: (raw.routes ?? []).map(route => readRoute(route, own)),
  }
}

/** Matchers such as `severity="page"`, as Alertmanager writes them. */
export function matchesAll(texts: readonly string[]): Matches {
  return matchesAllOf(texts.map(parseMatcher))
}

export function matchesAllOf(matchers: readonly LabelMatcher[]): Matches {
  const tests = matchers.map(matcher => [matcher.name, predicateOf(matcher)] as const)
  return labels => tests.every(([name, test]) => test(labels[name] ?? ''))
}

function parseMatcher(text: string): LabelMatcher {
  const [, name, operator, quoted, bare] =
    /^\s*([A-Za-z_]\w*)\s*(=~|!~|!=|=)\s*(?:("(?:[^"\\]|\\.)*")|([^"]*?))\s*$/.exec(text) ?? []
  if (name === undefined)
    throw new UserError(`Cannot read the matcher ${text}: expected one such as severity="page"`)
  const value = quoted === undefined ? (bare ?? '') : (JSON.parse(quoted) as string)
  return { name, operator: operator as LabelMatcher['operator'], value }
}

/** The routes an alert takes: the first that matches on each level, and the next ones where it says so. */
export function routesOf(route: AlertRoute, labels: Readonly<Record<string, string>>): AlertRoute[] {
  const found: AlertRoute[] = []
  for (const child of route.routes) {
    if (!child.matches(labels)) continue
    found.push(...routesOf(child, labels))
    if (!child.goesOn) break
  }
  return found.length > 0 ? found : [route]
}
