import { LineChart } from "echarts/charts"
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components"
import * as echarts from "echarts/core"
import { SVGRenderer } from "echarts/renderers"
import type { EpochEnded, StepEnded } from "../../train/TrainEvent.js"
import type { RunRecord } from "./RunRecord.js"

echarts.use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

/** The family that the text of the charts is set in; `Png` brings its files along. */
const fontFamily = "Inter, system-ui, sans-serif"

// Okabe and Ito's colours, told apart by colour-blind eyes too; shapes and dashes tell them apart in print.
const styles = {
  train: { color: "#0072b2", symbol: "circle", type: "solid" },
  validation: { color: "#009e73", symbol: "triangle", type: "dotted" },
  test: { color: "#d55e00", symbol: "rect", type: "dashed" }
} as const

const eachStep = "each step"
const panelWidth = 600
const height = 440
const ink = "#1f2933"
const faint = "#e4e7eb"

type Point = readonly [x: number, y: number | null]

interface Panel {
  readonly title: string
  readonly value: "loss" | "accuracy"
}

/** The panels that can be drawn. */
export const panels: ReadonlyArray<Panel> = [
  { title: "Loss", value: "loss" },
  { title: "Accuracy (%)", value: "accuracy" }
]

const scale = (panel: Panel, y: number): number | null =>
  Number.isFinite(y) ? (panel.value === "accuracy" ? 100 * y : y) : null

// A long run has more steps than the panel has pixels: each point is the mean of the steps that share it.
const stepPoints = (panel: Panel, steps: ReadonlyArray<StepEnded>, stepsPerEpoch: number): Array<Point> => {
  const size = Math.max(1, Math.ceil(steps.length / 400))
  return Array.from({ length: Math.ceil(steps.length / size) }, (_, i) => {
    const group = steps.slice(i * size, (i + 1) * size)
    const mean = group.reduce((sum, step) => sum + (step[panel.value] ?? Number.NaN), 0) / group.length
    return [(group.at(-1)!.step + 1) / stepsPerEpoch, scale(panel, mean)]
  })
}

const epochPoints = (
  panel: Panel,
  epochs: ReadonlyArray<EpochEnded>,
  set: "train" | "validation" | "test"
): Array<Point> =>
  epochs.flatMap((epoch): Array<Point> => {
    const scores = epoch[set]
    return scores === null ? [] : [[epoch.epoch + 1, scale(panel, scores[panel.value] ?? Number.NaN)]]
  })

const series = (record: RunRecord, panel: Panel, index: number) => {
  const axis = { type: "line" as const, xAxisIndex: index, yAxisIndex: index, silent: true }
  const sets = (["train", "validation", "test"] as const)
    .map((set) => ({ set, data: epochPoints(panel, record.epochs, set) }))
    .filter(({ data }) => data.length > 0)
  return [
    {
      ...axis,
      name: eachStep,
      data: stepPoints(panel, record.steps, record.started.stepsPerEpoch),
      symbol: "none",
      lineStyle: { width: 1, opacity: 0.35 },
      color: styles.train.color
    },
    ...sets.map(({ data, set }) => ({
      ...axis,
      name: set,
      data,
      symbol: styles[set].symbol,
      symbolSize: 6,
      showSymbol: data.length <= 40,
      lineStyle: { width: 2.5, type: data.length <= 40 ? styles[set].type : "solid" },
      itemStyle: { color: styles[set].color, opacity: 1 },
      color: styles[set].color
    }))
  ]
}

// What the library numbers by a counter of the process, and what only its own browser part reads, would make two drawings of one run differ.
const settle = (svg: string, prefix: string): string =>
  svg
    .replace(/<style\s*>[\s\S]*?<\/style>\s*/g, "")
    .replace(/ (?:class="zr\d+-cls-\d+"|ecmeta_\w+="[^"]*"|pointer-events="visible")/g, "")
    .replace(/zr\d+-/g, prefix)

/**
 * Draws panels side by side as an SVG: per epoch for each set, and thinly per step for training.
 *
 * The same record gives the same text, byte for byte. `ids` begins the names of the parts, so that one page can hold several drawings.
 */
export const render = (record: RunRecord, shown: ReadonlyArray<Panel> = panels, ids = "curves-"): string => {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width: panelWidth * shown.length, height })
  const lines = shown.map((panel, index) => series(record, panel, index))
  const end = Math.max(1, ...lines.flat().flatMap(({ data }) => data.map(([x]) => x)))
  const text = { fontFamily, color: ink }
  const left = (index: number) => index * panelWidth
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: text,
    title: shown.map(({ title }, index) => ({
      text: title,
      left: left(index) + 22,
      top: 14,
      textStyle: { ...text, fontSize: 18, fontWeight: 600 }
    })),
    legend: shown.map((_, index) => ({
      data: lines[index]!.map(({ name }) =>
        name === eachStep ? { name, icon: "path://M0 4H26V6H0Z", itemStyle: { opacity: 0.5 } } : name
      ),
      left: left(index) + 200,
      top: 16,
      itemGap: 14,
      itemWidth: 26,
      textStyle: { ...text, fontSize: 13 }
    })),
    grid: shown.map((_, index) => ({ left: left(index) + 68, top: 62, width: panelWidth - 98, height: height - 126 })),
    xAxis: shown.map((_, index) => ({
      type: "value",
      gridIndex: index,
      min: 0,
      max: end,
      name: "epoch",
      nameLocation: "middle",
      nameGap: 34,
      nameTextStyle: { ...text, fontSize: 14 },
      axisLabel: { ...text, fontSize: 13, showMaxLabel: Number.isInteger(end) },
      axisLine: { lineStyle: { color: ink } },
      splitLine: { show: false }
    })),
    yAxis: shown.map((panel, index) => ({
      type: "value",
      gridIndex: index,
      scale: panel.value === "accuracy",
      ...(lines[index]!.every(({ data }) => data.length === 0) ? { min: 0, max: 1 } : {}),
      axisLabel: { ...text, fontSize: 13 },
      splitLine: { lineStyle: { color: faint } }
    })),
    series: lines.flat()
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return `${settle(svg, ids)}\n`
}
