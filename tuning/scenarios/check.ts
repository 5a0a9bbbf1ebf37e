/** Finds everything wrong with scenarios before one of them is simulated. */
import { day, type Incident, type Scenario } from './scenario.ts'

interface Problem {
  field: string
  expected: string
  got: string
}

/** One line for each problem; `place` turns a path such as `[2, 'incidents', 0]` into where that stands in the file. */
export function scenarioProblems(
  scenarios: readonly Scenario[],
  place: (path: readonly (string | number)[]) => string,
): string[] {
  const names = scenarios.map(({ name }) => name)
  return scenarios.flatMap((scenario, index) => {
    const lineOf = (problem: Problem, path: readonly (string | number)[] = []) =>
      `${place([index, ...path])}: ${scenario.name || '(no name)'}${problem.field}: expected ${problem.expected}, got ${problem.got}`
    return [
      ...(names.indexOf(scenario.name) < index
        ? [lineOf({ field: '', expected: 'every name once', got: 'this one again' })]
        : []),
      ...rangeProblems(scenario).map(problem => lineOf(problem)),
      ...scenario.incidents.flatMap((incident, number) =>
        incidentProblems(incident, scenario.incidents.slice(0, number)).map(problem =>
          lineOf(problem, ['incidents', number]),
        ),
      ),
    ]
  })
}

function rangeProblems({ name, traffic, jitter, errors, slow }: Scenario): Problem[] {
  const problems: Problem[] = []
  const expect = (isRight: boolean, field: string, expected: string, got: unknown) => {
    if (!isRight) problems.push({ field, expected, got: JSON.stringify(got) ?? 'nothing' })
  }
  expect(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name), '.name', 'lower-case words joined by hyphens', name)
  expect(jitter >= 0, '.jitter', 'seconds, 0 or more', jitter)
  expect(isShare(errors), '.errors', share, errors)
  expect(isShare(slow), '.slow', share, slow)
  const { level, daily, weekend, night, weeklyGrowth, bursts } = traffic
  for (const [field, value] of Object.entries({ level, weekend, night, weeklyGrowth }))
    expect(value === undefined || value >= 0, `.traffic.${field}`, '0 or more', value)
  expect(daily === undefined || (daily >= 0 && daily <= 1), '.traffic.daily', 'between 0 and 1', daily)
  if (bursts !== undefined)
    expect(
      bursts.every > bursts.length && bursts.length > 0 && bursts.times > 0,
      '.traffic.bursts',
      'length above 0 and below every, and times above 0',
      bursts,
    )
  return problems
}

const share = 'a share between 0 and 1, or { burn: N }'

function incidentProblems(incident: Incident, before: readonly Incident[]): Problem[] {
  const { id, start, end, effect } = incident
  const problems: Problem[] = []
  if (before.some(other => other.id === id))
    problems.push({ field: `.${id}`, expected: 'every id once', got: 'this one again' })
  if (!(start >= 0)) problems.push({ field: `.${id}.start`, expected: '0 or more', got: String(start) })
  if (!(end > start))
    problems.push({
      field: `.${id}.end`,
      expected: `later than its start at ${moment(start)}`,
      got: moment(end),
    })
  for (const other of before)
    if (start < other.end && other.start < end && sharesInstances(incident, other))
      problems.push({
        field: `.${id}`,
        expected: `no overlap with ${other.id}, which lasts from ${moment(other.start)} to ${moment(other.end)}`,
        got: `a start at ${moment(start)}`,
      })
  for (const field of ['errors', 'slow'] as const)
    if (effect[field] !== undefined && !isShare(effect[field]))
      problems.push({ field: `.${id}.effect.${field}`, expected: share, got: JSON.stringify(effect[field]) })
  return problems
}

function sharesInstances(a: Incident, b: Incident): boolean {
  const [one, other] = [a.effect.instances, b.effect.instances]
  return one === undefined || other === undefined || one.some(instance => other.includes(instance))
}

function isShare(value: unknown): boolean {
  if (typeof value === 'number') return value >= 0 && value <= 1
  return typeof value === 'object' && value !== null && 'burn' in value && Number(value.burn) >= 0
}

/** Such as `day 5 14:30`, or `day 5 14:30:20` within a minute; the first day is 0. */
export function moment(seconds: number): string {
  const clock = [Math.floor((seconds % day) / 3600), Math.floor((seconds % 3600) / 60)]
  const rest = seconds % 60 === 0 ? '' : `:${String(Math.floor(seconds % 60)).padStart(2, '0')}`
  return `day ${Math.floor(seconds / day)} ${clock.map(part => String(part).padStart(2, '0')).join(':')}${rest}`
}
