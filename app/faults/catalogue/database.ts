/** What can go wrong between the shop and its database. */
import { database } from '../../../otel/signals.ts'
import { type Fault, minutes, share, symptom } from '../fault.ts'

const mainPool = { main: ['shop'] } as const

export const databaseFaults = [
  {
    id: 'slow-query',
    title: 'Slow query without an index',
    breaks: 'Every query on the request path has an index',
    does: 'Writes a share of the product searches so that no index can serve them, and each reads the whole table; the embedded database runs one statement at a time, so with more than a third of the searches everything waits behind them, and ShopLatencyBurn and ShopAvailabilityBurn fire too',
    intensity: share('share of the searches without an index', 0.2),
    targets: mainPool,
    duration: minutes(10, 60),
    symptom: symptom(database.duration, 'mean', 'up', { db_query_summary: 'search products' }),
    alert: { name: 'SlowQueries', within: 300 },
  },
  {
    id: 'n-plus-one',
    title: 'N+1 queries',
    breaks: 'A page needs a fixed number of queries, however many rows it shows',
    does: 'Reads each listed product once more by its own query',
    intensity: { unit: 'queries', means: 'extra queries per listed product', min: 1, max: 10, default: 1 },
    targets: mainPool,
    duration: minutes(10, 60),
    symptom: symptom(database.duration, 'rate', 'up', { db_query_summary: 'product by id' }),
    alert: { name: 'QueriesPerRequestHigh', within: 300 },
  },
  {
    id: 'pool-leak',
    title: 'Leaked connections',
    breaks: 'Every connection taken from the pool is given back',
    does: 'Takes a connection from the pool each second and keeps it until it stops',
    intensity: {
      unit: 'connections',
      means: 'connections held in the end, at most the size of the pool',
      min: 1,
      max: 100,
      default: 100,
    },
    targets: mainPool,
    duration: minutes(5, 30),
    symptom: symptom(database.connections, 'value', 'up', { db_client_connection_state: 'used' }),
    alert: { name: 'ConnectionPoolWaiting', within: 180 },
  },
] as const satisfies readonly Fault[]
