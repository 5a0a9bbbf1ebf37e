/** The messages of Prometheus' remote write, of both versions. */
import type { Field, FieldType, Schema } from '../otlp/protobuf.ts'

export type WriteVersion = 1 | 2

const one = (name: string, type: FieldType | (() => Schema)): Field => ({ name, type })
const many = (name: string, type: FieldType | (() => Schema)): Field => ({ name, type, repeated: true })

const label: Schema = { 1: one('name', 'string'), 2: one('value', 'string') }

/** Bits rather than a number: the one NaN that says that a series has ended is told from others by them. */
const sample: Schema = { 1: one('bits', 'fixed64'), 2: one('timestamp', 'int64') }

const exemplarFields: Schema = { 2: one('bits', 'fixed64'), 3: one('timestamp', 'int64') }

/** Of native histograms only that they are there. */
const histogram: Schema = {}

const first: Schema = {
  1: many('timeseries', () => ({
    1: many('labels', () => label),
    2: many('samples', () => sample),
    3: many('exemplars', () => ({ 1: many('labels', () => label), ...exemplarFields })),
    4: many('histograms', () => histogram),
  })),
  3: many('metadata', () => ({
    1: one('type', 'enum'),
    2: one('metricFamilyName', 'string'),
    4: one('help', 'string'),
    5: one('unit', 'string'),
  })),
}

/** Labels are numbers of symbols: a name, a value, the next name. */
const second: Schema = {
  4: many('symbols', 'string'),
  5: many('timeseries', () => ({
    1: many('labelsRefs', 'uint32'),
    2: many('samples', () => sample),
    3: many('histograms', () => histogram),
    4: many('exemplars', () => ({ 1: many('labelsRefs', 'uint32'), ...exemplarFields })),
    5: one('metadata', () => ({
      1: one('type', 'enum'),
      3: one('helpRef', 'uint32'),
      4: one('unitRef', 'uint32'),
    })),
  })),
}

export const writeSchemas: Record<WriteVersion, Schema> = { 1: first, 2: second }
