/** What can go wrong with jobs. */
import { jobs } from '../../../otel/signals.ts'
import { type Fault, minutes, share, symptom } from '../fault.ts'

export const jobFaults = [
  {
    id: 'slow-consumer',
    title: 'Slow consumer',
    breaks: 'Jobs are worked off faster than they come',
    does: 'Lets the worker wait in every job, so that its queue grows',
    intensity: { unit: 'seconds', means: 'time added to each job', min: 0.01, max: 60, default: 15 },
    targets: { fulfilment: ['worker'] },
    duration: minutes(5, 60),
    symptom: symptom(jobs.depth, 'value', 'up', { messaging_destination_name: 'fulfilment', state: 'ready' }),
    alert: { name: 'FulfilmentFreshnessBurn', within: 240 },
  },
  {
    id: 'poison-messages',
    title: 'Poison messages',
    breaks: 'A message that can never succeed is found before it is sent',
    does: 'Sends a share of the jobs with content the worker cannot process, so that they end as dead letters',
    intensity: share('share of the jobs that are poisoned', 0.3),
    targets: { fulfilment: ['shop'] },
    duration: minutes(5, 60),
    symptom: {
      ...symptom(jobs.deadLettered, 'rate', 'up', { messaging_destination_name: 'fulfilment' }),
      seenIn: 'worker',
    },
    alert: { name: 'DeadLetters', within: 180 },
  },
] as const satisfies readonly Fault[]
