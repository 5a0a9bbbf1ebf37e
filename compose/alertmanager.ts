/** Alertmanager: routing comes from alerts/; here stands where it runs and whom it posts to. */

import { objectives } from '../alerts/objectives.ts'
import { alertmanagerConfig as routing } from '../alerts/routing/alertmanager.ts'
import type { Preset } from '../contract/windows.ts'
import { retention } from './retention.ts'
import type { Target } from './targets.ts'

export function alertmanagerConfig(target: Target, preset: Preset): object {
  const notify = `http://${target.address('receiver', 'receiver')}/notify`
  return routing(objectives, preset, { page: notify, ticket: notify, deadMansSwitch: notify })
}

/** One Alertmanager has no peers to gossip with. */
export function alertmanagerArguments(target: Target, configFile: string): string[] {
  return [
    `--config.file=${configFile}`,
    `--storage.path=${target.data('alertmanager')}`,
    `--data.retention=${retention.alerts}`,
    `--web.listen-address=${target.listen}:${target.port('alertmanager')}`,
    '--cluster.listen-address=',
  ]
}
