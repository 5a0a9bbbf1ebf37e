/** Rules, rule tests, routing and a dashboard from other tools' SLO files: the whole of `npm run slo -- generate`. */

import type { AnyObjective, Objective } from '../../alerts/objectives.ts'
import { alertmanagerConfig } from '../../alerts/routing/alertmanager.ts'
import { pageTests, ticketTests } from '../../alerts/rule-tests/slo.ts'
import { withoutData } from '../../alerts/rule-tests/without-data.ts'
import { isAlert, plainGroups, type Rule, type RuleGroup, toYaml } from '../../alerts/rules.ts'
import { checkObjectives, checkPresets, describe, tiersThatNeverFire } from '../../alerts/slo/check.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { testFile } from '../../alerts/unit-tests.ts'
import { addressOf, dashboardUids } from '../../contract/links.ts'
import { UserError } from '../../contract/user-error.ts'
import { compose } from '../../dashboards/kit/native/compose.ts'
import { serialise } from '../../dashboards/kit/render.ts'
import { slo } from '../../dashboards/slo.ts'
import { adapt, uidFor } from '../adapt.ts'
import type { Imported } from './objective.ts'

interface Links {
  grafanaUrl?: string | undefined
  runbookUrl?: string | undefined
  /** What the dashboard's uid begins with. */
  dashboards?: string
}

export function generateFiles(
  imported: readonly Imported[],
  links: Links,
): { files: Record<string, string>; notes: string[] } {
  const problems = [
    ...duplicates(imported),
    ...imported.flatMap(({ objective, preset, place }) =>
      [...checkPresets([preset], place), ...checkObjectives([objective], [preset], place)].map(describe),
    ),
  ]
  if (problems.length > 0) throw new UserError([...new Set(problems)].join('\n'))
  return {
    files: {
      ...Object.assign({}, ...imported.map(each => filesOf(each, links))),
      [`dashboards/${links.dashboards ?? usualName}-slo.json`]: dashboard(links),
      'alertmanager.yaml': toYaml(routing(imported), routingHeader),
    },
    notes: imported.flatMap(notesOn),
  }
}

export const receiversNote = 'alertmanager.yaml: its receivers page and ticket tell nobody until you say how'

const usualName = 'objectives'

const header = '# Written by `npm run slo -- generate`. Do not edit: change the SLO file and run it again.\n'

const routingHeader = `${header}# The receivers page and ticket tell nobody yet: say how, such as by pagerduty_configs, slack_configs or email_configs.
# Into a configuration you have already, take the two routes, the inhibit_rules and the receivers.
`

function filesOf({ objective, preset }: Imported, links: Links): Record<string, string> {
  const groups = sloGroups([objective], preset).map(group => relinked(group, links))
  const [pages, tickets] = groups as [RuleGroup, RuleGroup]
  const place = (group: RuleGroup) => `rules/${group.name}.yaml`
  const tests = (tested: RuleGroup[], of: typeof pageTests) => {
    const { name: file, interval } = tested.at(-1)!
    const cases = isCounted(objective)
      ? of(objective, tested, preset)
      : withoutData(objective, tested, preset)
    const rules = tested.map(group => `../${place(group)}`)
    return [`rules-tests/${file}.yaml`, toYaml(testFile(rules, tested, interval, cases), header)]
  }
  return Object.fromEntries([
    ...groups.map(group => [place(group), toYaml({ groups: plainGroups([group]) }, header)]),
    tests([pages], pageTests),
    tests([pages, tickets], ticketTests),
  ])
}

function isCounted(objective: AnyObjective): objective is Objective {
  return objective.sli.kind !== 'queries'
}

/** A link that leads nowhere is worse than none. */
function relinked(
  group: RuleGroup,
  { grafanaUrl, runbookUrl, dashboards: service = usualName }: Links,
): RuleGroup {
  const places = { grafana: grafanaUrl, runbooks: runbookUrl } as const
  const link = (text: string): string | undefined => {
    for (const [place, url] of Object.entries(places) as [keyof typeof places, string | undefined][])
      if (text.startsWith(addressOf(place))) return url && text.replace(addressOf(place), url)
    return text
  }
  const adapted = (rule: Rule): Rule => {
    if (!isAlert(rule)) return rule
    const annotations = Object.fromEntries(
      Object.entries(rule.annotations).flatMap(([key, text]) => {
        const linked = link(text)?.replace(
          `/d/${dashboardUids.slo}`,
          `/d/${uidFor(dashboardUids.slo, { service })}`,
        )
        return linked === undefined ? [] : [[key, linked]]
      }),
    )
    return { ...rule, annotations: annotations as typeof rule.annotations }
  }
  return { ...group, rules: group.rules.map(adapted) }
}

function dashboard({ grafanaUrl, runbookUrl, dashboards: service = usualName }: Links): string {
  const target = { service, job: service, chosen: new Set([dashboardUids.slo]), grafanaUrl, runbookUrl }
  return serialise(compose(adapt(slo, target, { mapping: {}, missing: new Set() }).dashboard))
}

/** A file may call its severities as it likes, so that the tier says who is told; how they are told is not ours to know. */
function routing(imported: readonly Imported[]): object {
  const preset = imported[0]!.preset
  const tickets = preset.tiers.filter(tier => tier.severity === 'ticket').map(tier => tier.name)
  return alertmanagerConfig(
    imported.map(({ objective }) => objective),
    preset,
    {},
    ['slo!=""', `burn_tier!~"${tickets.join('|')}"`, 'severity!="ticket"'],
  )
}

function duplicates(imported: readonly Imported[]): string[] {
  return imported.flatMap(({ objective, place }, index) => {
    const first = imported.findIndex(other => other.objective.name === objective.name)
    return first === index
      ? []
      : [
          `${place}: expected every name once, got ${objective.name} again, which ${imported[first]!.place} has`,
        ]
  })
}

function notesOn({ objective, preset, place }: Imported): string[] {
  const never = tiersThatNeverFire(objective, preset).map(tier => tier.name)
  return [
    ...(never.length === 0
      ? []
      : [
          `${place}: ${objective.name} leaves so much budget at ${objective.objective}% that ${never.join(' and ')} can never fire`,
        ]),
    ...(isCounted(objective)
      ? []
      : [`${place}: ${objective.name} keeps its own queries, so its rules are tested without data only`]),
  ]
}
