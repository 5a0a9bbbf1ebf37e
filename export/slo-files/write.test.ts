import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type AnyObjective, objectives, type Selection } from '../../alerts/objectives.ts'
import { type Preset, production, type Tier } from '../../contract/windows.ts'
import { importObjectives } from './import.ts'
import { writePyrra } from './write-pyrra.ts'
import { type Written, writeSloth } from './write-sloth.ts'

const textOf = (written: Written) => ('text' in written ? written.text : `why: ${written.why}`)
const whyOf = (written: Written) => ('why' in written ? written.why : `text: ${written.text}`)

test.each(objectives)('the Sloth file of $name counts the same events', objective => {
  const [slo] = textOf(writeSloth(objective, production)).split('---\n')
  const [again] = importObjectives('sloth.yaml', slo!)
  const events = ({ sli }: AnyObjective) => {
    if (sli.kind === 'queries') throw new Error('expected counters')
    const named = ({ metric, where }: Selection) => ({ metric: metric.name, where })
    return [named(sli.total), 'failed' in sli ? named(sli.failed) : sli.threshold]
  }
  expect(events(again!)).toEqual(events(objective))
  expect(again).toMatchObject({
    // Sloth tells SLOs apart by service and name.
    name: objective.name.startsWith(objective.service)
      ? objective.name
      : `${objective.service}-${objective.name}`,
    objective: objective.objective,
    owner: objective.owner,
  })
})

test('the Sloth file has the windows, and a comment lists what Sloth cannot express', () => {
  const text = textOf(writeSloth(objectives[0]!, production))
  const [, windows] = parseAllDocuments(text).map(document => document.toJS())
  expect(windows.spec.page).toEqual({
    quick: { errorBudgetPercent: 2, shortWindow: '5m', longWindow: '1h' },
    slow: { errorBudgetPercent: 5, shortWindow: '30m', longWindow: '6h' },
  })
  expect(text).toContain('at least 5 errors before anything fires (all)')
  expect(text).toContain('keep_firing_for (fast, medium, slow, trickle)')
  expect(text).not.toContain('#   for')
})

test('Sloth is refused with the reason', () => {
  const [fast, , slow, trickle] = production.tiers as [Tier, Tier, Tier, Tier]
  const preset = { ...production, tiers: [fast, slow, trickle] }
  expect(whyOf(writeSloth(objectives[0]!, preset))).toContain('here are 1 and 2')
  expect(whyOf(writeSloth({ ...objectives[0]!, groupBy: ['http_route'] }, production))).toContain(
    'not one for each http_route',
  )
})

const pyrraTier = (name: string, tier: Pick<Tier, 'severity' | 'long' | 'short' | 'factor' | 'for'>) =>
  ({ name, budget: 0.1, keepFiringFor: 0, history: 0, ...tier }) as Tier
const pyrra: Preset = {
  ...production,
  period: 28 * 86_400,
  tiers: [
    pyrraTier('fast', { severity: 'page', long: 3600, short: 300, factor: 14, for: 120 }),
    pyrraTier('medium', { severity: 'page', long: 21_600, short: 1800, factor: 7, for: 900 }),
    pyrraTier('slow', { severity: 'ticket', long: 86_400, short: 7200, factor: 2, for: 3600 }),
    pyrraTier('trickle', { severity: 'ticket', long: 345_600, short: 21_600, factor: 1, for: 10_800 }),
  ],
}
const single = (name: string) => {
  const objective = objectives.find(each => each.name === name)!
  return { ...objective, traffic: { minimum: 100, minimumErrors: 1 } }
}

test('the Pyrra file is written for the windows that Pyrra derives itself', () => {
  const read = (name: string) => parseAllDocuments(textOf(writePyrra(single(name), pyrra)))[0]!.toJS().spec
  expect(read('shop-availability')).toMatchObject({
    target: '99.9',
    window: '28d',
    indicator: { ratio: { errors: { metric: expect.stringContaining('=~"5.."') } } },
  })
  expect(read('shop-latency').indicator.latency.success.metric).toMatch(/_bucket\{.*le=/)
})

test('Pyrra is refused with the reason', () => {
  expect(whyOf(writePyrra(objectives[0]!, pyrra))).toContain('cannot wait for a number of errors, here 5')
  expect(whyOf(writePyrra(single('shop-availability'), production))).toContain(
    'here is a page at 14.4 over 1h and 5m, kept firing for 5m',
  )
})
