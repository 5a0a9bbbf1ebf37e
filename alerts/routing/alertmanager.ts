/** Alertmanager's configuration: who hears of what, how often, and what stays silent because something worse is known. */
import { duration } from '../../contract/durations.ts'
import { ports } from '../../contract/ports.ts'
import type { Preset } from '../../contract/windows.ts'
import type { AlertName } from '../causes/index.ts'
import type { AnyObjective } from '../objectives.ts'

/** Fires always. It has a receiver of its own, which raises the alarm when it stops hearing it. */
export const watchdog: AlertName = 'Watchdog'

/** Webhook URLs. Without one, a receiver is a name that somebody has yet to say more about. */
export interface Receivers {
  page?: string
  ticket?: string
  /** Without one, nobody waits for the watchdog. */
  deadMansSwitch?: string
}

const notify = `http://localhost:${ports.receiver.number}/notify`
export const labReceivers: Required<Receivers> = { page: notify, ticket: notify, deadMansSwitch: notify }

interface Pace {
  /** Seconds: before the first notification of a group, between changes of it, and before it is told again. */
  wait: number
  interval: number
  repeat: number
}

const paces = {
  '30d': {
    page: { wait: 10, interval: 60, repeat: 3_600 },
    ticket: { wait: 60, interval: 300, repeat: 86_400 },
    heartbeat: { wait: 1, interval: 60, repeat: 60 },
  },
  practice: {
    page: { wait: 1, interval: 10, repeat: 600 },
    ticket: { wait: 10, interval: 20, repeat: 1_800 },
    heartbeat: { wait: 1, interval: 30, repeat: 30 },
  },
} as const satisfies Record<string, Record<string, Pace>>

export function alertmanagerConfig(
  objectives: readonly AnyObjective[],
  preset: Preset,
  receivers: Receivers,
  pages: readonly string[] = ['severity="page"'],
): object {
  const pace = preset.name === 'practice' ? paces.practice : paces['30d']
  const { page, ticket, deadMansSwitch } = receivers
  return {
    // Prometheus repeats a firing alert every minute; one that is not repeated for this long counts as ended.
    global: { resolve_timeout: '5m' },
    route: {
      receiver: 'ticket',
      group_by: ['alertname', 'service'],
      ...paceOf(pace.ticket),
      routes: [
        ...(deadMansSwitch === undefined
          ? []
          : [
              {
                matchers: [`alertname="${watchdog}"`],
                receiver: 'dead-mans-switch',
                group_by: ['alertname'],
                ...paceOf(pace.heartbeat),
              },
            ]),
        {
          matchers: [...pages],
          receiver: 'page',
          group_by: ['slo', 'service'],
          ...paceOf(pace.page),
        },
        { matchers: ['slo!=""'], receiver: 'ticket', group_by: ['slo', 'service'], ...paceOf(pace.ticket) },
      ],
    },
    inhibit_rules: inhibitions(objectives, preset),
    receivers: [
      page === undefined ? { name: 'page' } : webhook('page', page, true),
      ticket === undefined ? { name: 'ticket' } : webhook('ticket', ticket, true),
      ...(deadMansSwitch === undefined ? [] : [webhook('dead-mans-switch', deadMansSwitch, false)]),
    ],
  }
}

function inhibitions(objectives: readonly AnyObjective[], preset: Preset): object[] {
  const grouping = [...new Set(objectives.flatMap(objective => objective.groupBy))]
  const tiers = preset.tiers.map(tier => tier.name)
  return [
    // A label that both alerts lack counts as equal, so objectives that are not split are inhibited as well.
    ...tiers.slice(0, -1).map((tier, index) => ({
      source_matchers: [`burn_tier="${tier}"`],
      target_matchers: [`burn_tier=~"${tiers.slice(index + 1).join('|')}"`],
      equal: ['slo', 'service', ...grouping],
    })),
    {
      source_matchers: ['severity="page"', 'slo!=""'],
      target_matchers: ['category="cause"'],
      equal: ['service'],
    },
    {
      source_matchers: ['alertname="SloDataAbsent"'],
      target_matchers: ['alertname="TargetDown"'],
      equal: ['service'],
    },
  ]
}

function paceOf({ wait, interval, repeat }: Pace): object {
  return {
    group_wait: duration(wait),
    group_interval: duration(interval),
    repeat_interval: duration(repeat),
  }
}

function webhook(name: string, url: string, resolved: boolean): object {
  return { name, webhook_configs: [{ url, send_resolved: resolved }] }
}
