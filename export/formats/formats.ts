/** The ways dashboards reach a Grafana, each as the files its users expect. */
import type { Bundle, Files } from './bundle.ts'
import { configmap } from './configmap.ts'
import { grafana } from './grafana.ts'
import { mixin } from './mixin.ts'
import { operator } from './operator.ts'
import { sharing } from './sharing.ts'
import { terraform } from './terraform.ts'

export type Format = 'grafana' | 'sharing' | 'configmap' | 'operator' | 'terraform' | 'mixin'

export const formats: Record<Format, (bundle: Bundle) => Files> = {
  grafana,
  sharing,
  configmap,
  operator,
  terraform,
  mixin,
}
