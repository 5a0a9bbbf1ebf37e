/** Metrics that a service already has in `prom-client` or its successor `@prometheus-io/client`, on the kit's own page. */

import type { Family } from './exposition-format.ts'
import { log } from './logs.ts'

/** What the registries of both clients offer. */
interface ForeignRegistry {
  getMetricsAsJSON: () => Promise<object[]>
}

interface ForeignMetric {
  name: string
  help: string
  type: string
  values?: ForeignValue[]
}

interface ForeignValue {
  metricName?: string
  labels?: Record<string, string | number>
  value: number
  exemplar?: {
    labelSet: Record<string, string | number>
    value: number
    timestamp: number
  } | null
}

const registries = new Set<ForeignRegistry>()
const reported = new Set<string>()

/** Shows everything of the registry beside the kit's metrics from now on; returns how to stop. */
export function exposeRegistry(registry: ForeignRegistry): () => void {
  registries.add(registry)
  return () => registries.delete(registry)
}

/** A name stands on a page once: what is already there stays, and what comes later is left out and said. */
export async function foreignFamilies(taken: Iterable<string>): Promise<Family[]> {
  const names = new Set(taken)
  const families: Family[] = []
  for (const registry of registries)
    for (const metric of (await read(registry)) as ForeignMetric[]) {
      const family = familyOf(metric)
      if (names.has(family.name)) {
        sayOnce(
          family.name,
          `Cannot show ${family.name} of a registry: expected a name of its own, got one that is already on the page`,
        )
        continue
      }
      names.add(family.name)
      families.push(family)
    }
  return families
}

async function read(registry: ForeignRegistry): Promise<object[]> {
  try {
    return await registry.getMetricsAsJSON()
  } catch (error) {
    log.warn({ err: error }, 'Cannot read a registry')
    return []
  }
}

function familyOf({ name, help, type, values = [] }: ForeignMetric): Family {
  return {
    name,
    help,
    kind: type,
    samples: values.map(({ metricName = name, labels = {}, value, exemplar }) => ({
      name: metricName,
      labels,
      value,
      ...(exemplar ? { exemplar: shown(exemplar) } : {}),
    })),
  }
}

function shown({ labelSet, value, timestamp }: NonNullable<ForeignValue['exemplar']>) {
  return { labels: labelSet, value, seconds: timestamp }
}

function sayOnce(name: string, problem: string): void {
  if (!reported.has(name)) log.warn({ metric: name }, problem)
  reported.add(name)
}
