import { dashboardUids } from '../../contract/links.ts'
import { dashboard } from '../shop-dashboard.ts'
import { cacheRows } from './cache.ts'
import { databaseRows } from './database.ts'
import { paymentsRows } from './payments.ts'
import { queueRows } from './queue.ts'

export const dependencies = dashboard({
  file: import.meta.url,
  uid: dashboardUids.dependencies,
  title: 'Dependencies',
  description:
    'What the service waits for. For each: first rate, errors and duration as the service sees them, then what it has left.',
  links: [
    { kind: 'dashboard', title: 'RED', uid: dashboardUids.red, tooltip: 'Whether users notice' },
    {
      kind: 'dashboard',
      title: 'Investigate',
      uid: dashboardUids.investigate,
      tooltip: 'Traces of the same time',
    },
  ],
  rows: [...databaseRows, ...cacheRows, ...paymentsRows, ...queueRows],
})
