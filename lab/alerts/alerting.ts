/** Where alerts of the rules go: to the lab's own notifier, or to an Alertmanager of somebody's own. */

import type { Route } from '../http.ts'
import type { SentAlert } from '../metrics/rules.ts'
import { readJsonFile, writeJsonFile } from '../store/json-file.ts'
import { alertsApi } from './api.ts'
import { readAlertConfig } from './config.ts'
import { createForwarder } from './forwarder.ts'
import { createNotifier, type SavedNotifier } from './notifier.ts'

export interface NotifierStatus {
  notifications: number
  failed: number
  alerts: number
  suppressed: number
  /** The state of each silence. */
  silences: readonly string[]
}

interface Alerting {
  take(alerts: readonly SentAlert[]): void
  route: Route
  /** Undefined where another Alertmanager notifies, which tells of itself. */
  status(): NotifierStatus | undefined
  stop(): void
}

interface AlertingOptions {
  /** Alertmanager's configuration, as its file has it. */
  configuration: unknown
  pageUrl: string
  /** Where the notifier keeps its state; undefined: nowhere. */
  file: string | undefined
  /** Of an Alertmanager of somebody's own. */
  alertmanager: string | undefined
  onNotice: (text: string) => void
  /** Told how many seconds a notification took. */
  onPosted: (seconds: number) => void
}

const saveMs = 2000

export function startAlerting(options: AlertingOptions): Alerting {
  const { alertmanager: url, onNotice } = options
  return url === undefined
    ? startOwn(options)
    : { ...createForwarder({ url, onNotice }), status: () => undefined }
}

function startOwn({ configuration, pageUrl, file, onPosted }: AlertingOptions): Alerting {
  const config = readAlertConfig(configuration)
  const saved = file === undefined ? undefined : readJsonFile<SavedNotifier>(file)
  const notifier = createNotifier(config, pageUrl, { saved, onPosted })
  const save = () => {
    if (file !== undefined) writeJsonFile(file, notifier.save())
  }
  const saving = setInterval(save, saveMs)
  return {
    take: notifier.take,
    route: alertsApi(notifier, config),
    status() {
      const states = notifier.alerts().map(alert => notifier.inhibitedBy(alert).length > 0)
      const silences = notifier.silences.json() as { status: { state: string } }[]
      return {
        ...notifier.counts(),
        suppressed: states.filter(Boolean).length,
        alerts: states.length,
        silences: silences.map(({ status: { state } }) => state),
      }
    },
    stop() {
      clearInterval(saving)
      save()
      notifier.stop()
    },
  }
}
