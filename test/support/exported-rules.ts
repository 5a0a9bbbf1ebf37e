/** An export for a service with names of its own, and whether the tests that come along pass. */
import { expect } from 'vitest'
import { practice } from '../../contract/windows.ts'
import { promClient, type SignalMapping, semconv } from '../../export/mapping.ts'
import { exportProject, type Project } from '../../export/project.ts'
import { runRuleTests, writeFiles } from './promtool.ts'

/** Every name is another, so that a test that kept one of ours would find no data. */
const renamed: SignalMapping = {
  ...promClient,
  http_server_request_duration_seconds: {
    name: 'orders_seconds',
    labels: { http_request_method: 'verb', http_route: 'path', http_response_status_code: 'status' },
    buckets: [0.2, 0.7, 2],
  },
  db_client_operation_duration_seconds: {
    name: 'sql_seconds',
    labels: { db_operation_name: 'operation', db_query_summary: 'statement' },
  },
  http_client_request_duration_seconds: {
    name: 'call_seconds',
    labels: { server_address: 'host', server_port: 'port' },
  },
}

export const project = { service: 'checkout', signals: semconv, format: 'grafana', preset: practice } as const

export const foreign: Project = {
  ...project,
  signals: renamed,
  job: 'shop/checkout.v2',
  grafanaUrl: 'https://grafana.example',
  runbookUrl: 'https://wiki.example/runbooks',
}

export async function expectToPass(
  promtool: string,
  given: Project,
  names: readonly string[],
): Promise<void> {
  const written = writeFiles(exportProject(given).files)
  const paths = names.map(name => `rules-tests/${name}.yaml`)
  const verdicts = await Promise.all(runRuleTests(promtool, written, paths).values())
  written.remove()
  expect(verdicts.filter(({ passed }) => !passed)).toEqual([])
}
