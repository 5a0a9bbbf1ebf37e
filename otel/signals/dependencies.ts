/** What a service leans on: its database, caches, queues and threads. */

import {
  defineCounter,
  defineGauge,
  defineHistogram,
  errorType,
  latencyBuckets,
  queueName,
} from './definitions.ts'

const pool = 'connection pools named in the code'
const cacheName = 'caches named in the code'

const operationBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const
const waitBuckets = [0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900] as const

/** Database operations and their connection pool. */
export const database = {
  duration: defineHistogram(
    'db_client_operation_duration_seconds',
    'red',
    'Time of one database operation, without the wait for a connection',
    {
      db_system_name: ['postgresql', 'mysql', 'redis', 'sqlite'],
      db_operation_name: 'verbs of SQL and commands of Redis; unknown ones collapse to _OTHER',
      db_query_summary: 'query names of the code; unnamed queries collapse to the operation',
      error_type: errorType,
    },
    { buckets: operationBuckets, exemplars: true },
  ),
  connections: defineGauge('db_client_connection_count', 'use', 'Connections of the pool by state', {
    db_client_connection_pool_name: pool,
    db_client_connection_state: ['idle', 'used'],
  }),
  connectionsMax: defineGauge('db_client_connection_max', 'use', 'Connections the pool may open', {
    db_client_connection_pool_name: pool,
  }),
  connectionsPending: defineGauge(
    'db_client_connection_pending_requests',
    'use',
    'Callers waiting for a connection now',
    { db_client_connection_pool_name: pool },
  ),
  connectionWait: defineHistogram(
    'db_client_connection_wait_time_seconds',
    'use',
    'Time a caller waited for a connection',
    { db_client_connection_pool_name: pool },
    { buckets: operationBuckets },
  ),
  connectionTimeouts: defineCounter(
    'db_client_connection_timeouts_total',
    'use',
    'Callers that gave up waiting for a connection',
    { db_client_connection_pool_name: pool },
  ),
}

/** Cache-aside reads. */
export const cache = {
  requests: defineCounter(
    'cache_requests_total',
    'red',
    'Look-ups by result; a shared look-up waited for a fill that was already under way',
    { cache: cacheName, result: ['hit', 'miss', 'shared', 'error'] },
  ),
  fillDuration: defineHistogram(
    'cache_fill_duration_seconds',
    'red',
    'Time to load a missing entry from its source',
    { cache: cacheName, error_type: errorType },
    { buckets: operationBuckets },
  ),
  fillsInFlight: defineGauge(
    'cache_fills_in_flight',
    'use',
    'Fills under way now; a stampede shows here first',
    { cache: cacheName },
  ),
  evictions: defineCounter('cache_evictions_total', 'use', 'Entries removed, by what removed them', {
    cache: cacheName,
    reason: ['expired', 'capacity', 'invalidated'],
  }),
  entries: defineGauge('cache_entries', 'use', 'Entries held in process', { cache: cacheName }),
  entriesMax: defineGauge('cache_entries_max', 'use', 'Entries that may be held in process', {
    cache: cacheName,
  }),
}

/** Background jobs, from sending to dead letter. */
export const jobs = {
  sent: defineCounter('messaging_client_sent_messages_total', 'red', 'Jobs put on a queue', {
    messaging_destination_name: queueName,
    error_type: errorType,
  }),
  duration: defineHistogram(
    'messaging_process_duration_seconds',
    'red',
    'Time to process one job, one observation per attempt',
    { messaging_destination_name: queueName, error_type: errorType },
    { buckets: latencyBuckets, exemplars: true },
  ),
  wait: defineHistogram(
    'messaging_process_wait_seconds',
    'red',
    'Time from putting a job on its queue to the start of its first attempt',
    { messaging_destination_name: queueName },
    { buckets: waitBuckets, exemplars: true },
  ),
  retries: defineCounter('messaging_process_retries_total', 'red', 'Attempts after the first one', {
    messaging_destination_name: queueName,
  }),
  deadLettered: defineCounter(
    'messaging_dead_lettered_total',
    'red',
    'Jobs given up after their last attempt',
    { messaging_destination_name: queueName },
  ),
  depth: defineGauge('messaging_queue_messages', 'use', 'Jobs on a queue by state', {
    messaging_destination_name: queueName,
    state: ['ready', 'delayed', 'active', 'dead'],
  }),
  oldestAge: defineGauge(
    'messaging_queue_oldest_message_age_seconds',
    'use',
    'Age of the oldest job that is ready to run, 0 when there is none',
    { messaging_destination_name: queueName },
  ),
  slotsBusy: defineGauge('messaging_consumer_slots_busy', 'use', 'Jobs being processed now by this process', {
    messaging_destination_name: queueName,
  }),
  slotsMax: defineGauge('messaging_consumer_slots_max', 'use', 'Jobs this process may work on at once', {
    messaging_destination_name: queueName,
  }),
}

/** Threads that keep CPU work off the event loop. */
export const threadPool = {
  busy: defineGauge('thread_pool_busy', 'use', 'Threads working now', { pool }),
  max: defineGauge('thread_pool_max', 'use', 'Threads the pool may use', { pool }),
  queued: defineGauge('thread_pool_queued', 'use', 'Tasks waiting for a thread', { pool }),
  rejections: defineCounter(
    'thread_pool_rejections_total',
    'use',
    'Tasks refused because the queue of the pool was full',
    { pool },
  ),
}
