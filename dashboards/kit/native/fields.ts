/** How values look: thresholds, mappings, overrides, in the words of the model. */
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard'
import type { Mapping, Override, Panel, Threshold } from '../model.ts'
import { units } from '../units.ts'
import { colours } from './colours.ts'

/** The panels that draw numbers. */
export type Fields = Extract<Panel, { unit: unknown }>

export function colourBy(what: 'thresholds' | 'palette'): sdk.FieldColorBuilder {
  return new sdk.FieldColorBuilder().mode(
    what === 'thresholds' ? sdk.FieldColorModeId.Thresholds : sdk.FieldColorModeId.PaletteClassic,
  )
}

export function thresholds(steps: readonly Threshold[]): sdk.ThresholdsConfigBuilder {
  return new sdk.ThresholdsConfigBuilder().mode(sdk.ThresholdsMode.Absolute).steps(stepsOf(steps))
}

export function mappings(all: readonly Mapping[]): sdk.ValueMap {
  return {
    type: sdk.MappingType.ValueToText,
    options: Object.fromEntries(
      all.map(({ value, text, colour }, index) => [value, { text, color: colours[colour], index }]),
    ),
  }
}

export interface FieldOverride {
  matcher: sdk.MatcherConfig
  properties: sdk.DynamicConfigValue[]
}

export function overrides(all: readonly Override[]): FieldOverride[] {
  return all.map(override => ({
    matcher: { id: 'byRegexp', options: `/^(?:${override.series})$/` },
    properties: propertiesOf(override),
  }))
}

function propertiesOf(override: Override): sdk.DynamicConfigValue[] {
  const { colour, dashed, unit, decimals, width, cell, hidden, links } = override
  const properties: (sdk.DynamicConfigValue | undefined)[] = [
    colour && { id: 'color', value: { mode: 'fixed', fixedColor: colours[colour] } },
    dashed && { id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 4] } },
    dashed && { id: 'custom.fillOpacity', value: 0 },
    unit && { id: 'unit', value: units[unit] },
    decimals === undefined ? undefined : { id: 'decimals', value: decimals },
    override.thresholds && {
      id: 'thresholds',
      value: { mode: 'absolute', steps: stepsOf(override.thresholds) },
    },
    override.mappings && { id: 'mappings', value: [mappings(override.mappings)] },
    links && { id: 'links', value: links.map(link => ({ ...link, targetBlank: false })) },
    width === undefined ? undefined : { id: 'custom.width', value: width },
    cell && { id: 'custom.cellOptions', value: cells[cell] },
    hidden && { id: 'custom.hideFrom', value: { legend: true, tooltip: true, viz: true } },
    // What tables of Grafana 12 go by.
    hidden && { id: 'custom.hidden', value: true },
  ].map(property => property || undefined)
  return properties.filter(property => property !== undefined)
}

const cells = {
  colour: { type: 'color-background', mode: 'basic' },
  gauge: { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' },
}

function stepsOf(steps: readonly Threshold[]): sdk.Threshold[] {
  return steps.map(({ from, colour }) => ({ value: from ?? null, color: colours[colour] }))
}
