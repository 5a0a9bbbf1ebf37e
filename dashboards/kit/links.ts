import type { DataLink } from './model.ts'

/** A link to another dashboard that keeps its variables and time; `set` chooses one from the clicked series. */
export function drillDown(title: string, uid: string, set: Readonly<Record<string, string>> = {}): DataLink {
  const chosen = Object.entries(set).map(([variable, value]) => `&var-${variable}=${value}`)
  return { title, url: `/d/${uid}?\${__url_time_range}&\${__all_variables}${chosen.join('')}` }
}

/** The value of a label of the clicked series. */
export function clicked(label: string): string {
  return `\${__field.labels.${label}}`
}
