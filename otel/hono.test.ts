import { Hono } from 'hono'
import { expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_STDOUT = 'off'
})

import { httpServerTelemetry } from './hono.ts'
import { log } from './logs.ts'

test('an app that is called without a server answers, and says once that nothing is observed', async () => {
  const warn = vi.spyOn(log, 'warn')
  const app = new Hono()
  app.use(httpServerTelemetry)
  app.get('/', c => c.text('hello'))
  for (let call = 0; call < 2; call++) expect(await (await app.request('/')).text()).toBe('hello')
  expect(warn.mock.calls).toEqual([[expect.stringContaining('expected it to come from the server')]])
})
