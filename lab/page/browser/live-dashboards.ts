/** Sees that files of dashboards have changed. */
import { getJson } from './api.ts'

const lookEvery = 2000

const revision = async () =>
  (await getJson<{ revision: string }>('/lab/api/dashboards-revision').catch(() => undefined))?.revision

/**
 * Resolves once it knows what there is now: what is read after that is drawn anew when it changes. A page nobody looks
 * at asks nothing; while the lab does not answer, nothing has changed.
 */
export async function watchDashboards(changed: () => Promise<void>): Promise<void> {
  let known = await revision()
  async function look(): Promise<void> {
    if (document.visibilityState === 'visible') {
      const found = await revision()
      if (found !== undefined && found !== known) {
        known = found
        await changed()
      }
    }
    setTimeout(look, lookEvery)
  }
  setTimeout(look, lookEvery)
}
