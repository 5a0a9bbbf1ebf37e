import { expect, test } from 'vitest'
import { services } from './compose-file.ts'
import { ailments, readContainers } from './engine.ts'

/** A line of `docker compose ps --format json`. */
const line = (Service: string, more: object) =>
  JSON.stringify({ Service, State: 'running', Health: 'healthy', ExitCode: 0, Publishers: null, ...more })

const whole = Object.entries(services)
  .filter(([, service]) => !service.onRequest)
  .map(([name, service]) => line(name, service.runsOnce ? { State: 'exited', Health: '' } : {}))

test('a stack whose containers are healthy and whose jobs have ended is whole', () => {
  expect(ailments(readContainers(whole.join('\n')))).toEqual([])
})

test('what is missing, sick or failed is named', () => {
  const text = whole.filter(each => !/"(loki|tempo|history)"/.test(each))
  const sick = [
    line('tempo', { Health: 'unhealthy' }),
    line('history', { State: 'exited', Health: '', ExitCode: 1 }),
  ]
  expect(ailments(readContainers([...text, ...sick].join('\n'))).toSorted()).toEqual([
    'history: expected it to have ended well, got exited with exit code 1',
    'loki: expected a container, got none',
    'tempo: expected it to run healthily, got running, unhealthy',
  ])
})

test('only ports on the host count', () => {
  const [container] = readContainers(
    line('grafana', { Publishers: [{ PublishedPort: 3000 }, { PublishedPort: 0 }] }),
  )
  expect(container?.ports).toEqual([3000])
})
