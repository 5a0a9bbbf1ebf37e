import { expect, test } from 'vitest'
import { type FaultIn, faults, findFault } from './catalogue.ts'
import { requestFaults } from './effects/requests.ts'
import type { Fault } from './fault.ts'
import { askedFaults, type Effects } from './switch.ts'
import { symptomQuery, symptomSentence } from './symptom.ts'

const complete = findFault('error-ratio')!

test('a fault without a symptom, an alert or an effect does not compile', () => {
  const { symptom: _symptom, ...withoutSymptom } = complete
  // @ts-expect-error a fault has a symptom
  const first: Fault = withoutSymptom
  const { alert: _alert, ...withoutAlert } = complete
  // @ts-expect-error a fault has an alert
  const second: Fault = withoutAlert
  const { 'slow-consumer': _effect, ...withoutEffect } = askedFaults('slow-consumer').effects
  // @ts-expect-error every fault of a process has an effect
  const third: Pick<Effects<'worker'>, 'slow-consumer'> = withoutEffect
  // @ts-expect-error code asks only for faults that it has announced
  const fourth = () => requestFaults.intensity('cache-off')
  expect([first, second, third, fourth]).toHaveLength(4)
})

test('the type FaultIn has the faults that a role must be able to run, and no others', () => {
  const workerFault: FaultIn<'worker'> = 'slow-consumer'
  // @ts-expect-error the shop sends the poison, the worker only shows it
  const shopFault: FaultIn<'worker'> = 'poison-messages'
  expect([workerFault, shopFault]).toHaveLength(2)
})

test('every fault has its own id, a query of its symptom for each target, and a sentence about it', () => {
  expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length)
  for (const fault of faults as readonly Fault[]) {
    for (const target of Object.keys(fault.targets))
      expect(symptomQuery(fault, target)).toContain(fault.symptom.metric.name)
    expect(symptomSentence(fault)).toMatch(/ (rises|falls)$/)
  }
})

test('a symptom is told as a person says it', () => {
  expect(symptomSentence(complete)).toBe(
    'The share of http_server_request_duration_seconds with http_response_status_code="500" rises',
  )
  expect(symptomQuery(complete, '/search')).toBe(
    'sum(rate(http_server_request_duration_seconds_count{job="shop", http_route="/search", http_response_status_code="500"}[1m])) / sum(rate(http_server_request_duration_seconds_count{job="shop", http_route="/search"}[1m]))',
  )
})
