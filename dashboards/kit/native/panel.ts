/** Panels from the builders of grafana-foundation-sdk, with one look for all of them. */
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge'
import * as common from '@grafana/grafana-foundation-sdk/common'
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard'
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap'
import * as logs from '@grafana/grafana-foundation-sdk/logs'
import * as nodegraph from '@grafana/grafana-foundation-sdk/nodegraph'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as text from '@grafana/grafana-foundation-sdk/text'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'
import { datasource } from '../datasources.ts'
import { sizeOf } from '../layout.ts'
import type { Panel, Stat, StateTimeline, Table, TimeSeries } from '../model.ts'
import { units } from '../units.ts'
import { colourBy, type FieldOverride, type Fields, mappings, overrides, thresholds } from './fields.ts'
import { type Targets, targets } from './targets.ts'

export function buildPanel(panel: Panel): sdk.Panel {
  switch (panel.type) {
    case 'timeseries':
      return buildTimeSeries(panel)
    case 'stat':
      return buildStat(panel)
    case 'table':
      return buildTable(panel)
    case 'bargauge':
      return withData(new bargauge.PanelBuilder(), panel)
        .colorScheme(colourBy('thresholds'))
        .reduceOptions(lastValue())
        .orientation(common.VizOrientation.Horizontal)
        .displayMode(common.BarGaugeDisplayMode.Basic)
        .valueMode(common.BarGaugeValueMode.Text)
        .namePlacement(common.BarGaugeNamePlacement.Auto)
        .showUnfilled(true)
        .sizing(common.BarGaugeSizing.Auto)
        .text(new common.VizTextDisplayOptionsBuilder().titleSize(13).valueSize(14))
        .build()
    case 'heatmap':
      return withData(new heatmap.PanelBuilder(), panel)
        .calculate(false)
        .color(
          new heatmap.HeatmapColorOptionsBuilder()
            .mode(heatmap.HeatmapColorMode.Scheme)
            .scheme('Turbo')
            .scale(heatmap.HeatmapColorScale.Exponential)
            .exponent(0.5)
            .steps(64),
        )
        .yAxis(
          new heatmap.YAxisConfigBuilder().unit(units[panel.unit]).axisPlacement(common.AxisPlacement.Left),
        )
        .filterValues(new heatmap.FilterValueRangeBuilder().le(1e-9))
        .cellGap(1)
        .exemplarsColor('rgba(255,255,255,0.9)')
        .hideLegend()
        .build()
    case 'state-timeline':
      return withoutPages(
        withData(labelled(new statetimeline.PanelBuilder(), panel), panel)
          // By thresholds, Grafana would take every state for the one colour they give, whatever the mappings say.
          .colorScheme(colourBy('palette'))
          .mergeValues(true)
          .showValue(common.VisibilityMode.Never)
          .rowHeight(0.75)
          .lineWidth(0)
          .fillOpacity(80)
          .legend(new common.VizLegendOptionsBuilder().showLegend(false))
          .build(),
      )
    case 'logs':
      return described(new logs.PanelBuilder(), panel)
        .datasource(datasource('logql'))
        .targets(targets(panel.queries))
        .showTime(true)
        .enableLogDetails(true)
        .wrapLogMessage(true)
        .prettifyLogMessage(false)
        .sortOrder(common.LogsSortOrder.Descending)
        .dedupStrategy(common.LogsDedupStrategy.None)
        .build()
    case 'traces':
      return described(new sdk.PanelBuilder(), panel)
        .type('traces')
        .datasource(datasource('traceql'))
        .targets(targets(panel.queries))
        .build()
    case 'nodeGraph':
      return described(new nodegraph.PanelBuilder(), panel)
        .datasource(datasource('traceql'))
        .targets(targets(panel.queries))
        .build()
    case 'text':
      return described(new text.PanelBuilder(), panel)
        .mode(text.TextMode.Markdown)
        .content(panel.markdown)
        .transparent(true)
        .build()
  }
}

/** Grafana would take the space of a row for the number of the only page; the builder knows no way to say so. */
function withoutPages(built: sdk.Panel): sdk.Panel {
  return { ...built, options: { ...built.options, perPage: 0 } }
}

function labelled(builder: statetimeline.PanelBuilder, { labelWidth }: StateTimeline) {
  return labelWidth === undefined ? builder : builder.axisWidth(labelWidth)
}

function buildTimeSeries(panel: TimeSeries): sdk.Panel {
  const legend = panel.legend ?? 'list'
  const builder = withData(new timeseries.PanelBuilder(), panel)
    .colorScheme(colourBy('palette'))
    .drawStyle(panel.bars ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
    // The outline of a stacked series that is zero would hide the one below.
    .lineWidth(panel.bars || panel.stack ? 0 : 1.5)
    .fillOpacity(panel.bars || panel.stack ? 70 : 8)
    .gradientMode(common.GraphGradientMode.None)
    .lineInterpolation(common.LineInterpolation.Linear)
    .showPoints(common.VisibilityMode.Never)
    .axisBorderShow(false)
    .axisSoftMin(0)
    .axisSoftMax(softMax(panel))
    .stacking(
      new common.StackingConfigBuilder().mode(
        panel.stack ? common.StackingMode.Normal : common.StackingMode.None,
      ),
    )
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        panel.limit ? common.GraphThresholdsStyleMode.Dashed : common.GraphThresholdsStyleMode.Off,
      ),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(legend !== 'none')
        .displayMode(legend === 'table' ? common.LegendDisplayMode.Table : common.LegendDisplayMode.List)
        .placement(
          legend === 'table' && sizeOf(panel).w > 12
            ? common.LegendPlacement.Right
            : common.LegendPlacement.Bottom,
        )
        .calcs(legend === 'table' ? ['lastNotNull', 'max'] : [])
        .sortBy('Last *')
        .sortDesc(true),
    )
  if (panel.logarithmic)
    builder.scaleDistribution(
      new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(10),
    )
  return builder.build()
}

/** The limit stays in sight; without one, Grafana would draw a line of zeros on an axis up to 100. */
function softMax({ limit, thresholds = [], unit }: TimeSeries): number {
  if (limit) return 1.2 * Math.max(...thresholds.map(({ from = 0 }) => from))
  return unit === 'ratio' || unit === 'seconds' ? 0.01 : 1
}

function buildStat(panel: Stat): sdk.Panel {
  const { fill = 'value', text: shown = 'value', sparkline = false, reduce = 'lastNotNull' } = panel
  return withData(new stat.PanelBuilder(), panel)
    .colorScheme(colourBy('thresholds'))
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs([reduce]).values(false))
    .colorMode(
      {
        background: common.BigValueColorMode.Background,
        value: common.BigValueColorMode.Value,
        none: common.BigValueColorMode.None,
      }[fill],
    )
    .graphMode(sparkline ? common.BigValueGraphMode.Area : common.BigValueGraphMode.None)
    .justifyMode(common.BigValueJustifyMode.Auto)
    .textMode(
      {
        value: common.BigValueTextMode.Value,
        name: common.BigValueTextMode.Name,
        value_and_name: common.BigValueTextMode.ValueAndName,
      }[shown],
    )
    .wideLayout(true)
    .build()
}

function buildTable(panel: Table): sdk.Panel {
  const fields = panel.columns.map(column => column.field)
  const builder = withData(new table.PanelBuilder(), panel)
    .colorScheme(colourBy('thresholds'))
    .showHeader(true)
    .cellHeight(common.TableCellHeight.Sm)
    .minWidth(60)
  if (fields.length > 0) {
    // Before the merge, which joins only rows that agree in all they share, names of series included.
    builder.withTransformation({ id: 'filterFieldsByName', options: { include: { names: fields } } })
    if (panel.queries.length > 1) builder.withTransformation({ id: 'merge', options: {} })
    builder.withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(fields.map((field, index) => [field, index])),
        renameByName: Object.fromEntries(panel.columns.map(({ field, heading }) => [field, heading])),
      },
    })
  }
  if (panel.sortBy)
    builder.sortBy([
      new common.TableSortByFieldStateBuilder()
        .displayName(panel.sortBy.heading)
        .desc(panel.sortBy.descending),
    ])
  return builder.build()
}

/** What all builders share. */
interface Described {
  title(title: string): this
  description(description: string): this
}

interface DataBuilder extends Described {
  datasource(reference: common.DataSourceRef): this
  noValue(text: string): this
  targets(targets: Targets): this
  unit(unit: string): this
  decimals(decimals: number): this
  min(min: number): this
  max(max: number): this
  interval(interval: string): this
  mappings(mappings: sdk.ValueMapping[]): this
  thresholds(thresholds: sdk.ThresholdsConfigBuilder): this
  overrides(overrides: FieldOverride[]): this
}

function described<B extends Described>(builder: B, panel: Panel): B {
  builder.title(panel.title).description(panel.description)
  return builder
}

function withData<B extends DataBuilder>(builder: B, panel: Fields): B {
  described(builder, panel)
    .datasource(datasource(panel.queries[0]?.language ?? 'promql'))
    .targets(targets(panel.queries))
    .unit(units[panel.unit])
    .thresholds(thresholds(panel.thresholds ?? [{ colour: 'neutral' }]))
    .overrides(overrides(panel.overrides ?? []))
  if (panel.empty !== undefined) builder.noValue(panel.empty)
  if (panel.decimals !== undefined) builder.decimals(panel.decimals)
  if (panel.min !== undefined) builder.min(panel.min)
  if (panel.max !== undefined) builder.max(panel.max)
  if (panel.interval !== undefined) builder.interval(panel.interval)
  if (panel.mappings !== undefined) builder.mappings([mappings(panel.mappings)])
  return builder
}

function lastValue(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false)
}
