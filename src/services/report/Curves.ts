import type { EpochEnded, StepEnded } from "../../train/TrainEvent.js"
import * as Chart from "./Chart.js"
import * as MetricColumns from "./MetricColumns.js"
import type { RunRecord } from "./RunRecord.js"

// Okabe and Ito's colours, told apart by colour-blind eyes too; shapes and dashes tell them apart in print.
const styles = {
  train: { color: "#0072b2", symbol: "circle", type: "solid" },
  validation: { color: "#009e73", symbol: "triangle", type: "dotted" },
  test: { color: "#d55e00", symbol: "rect", type: "dashed" }
} as const

const eachStep = "each step"
interface Panel {
  readonly title: string
  /** `loss`, or the name of a metric. */
  readonly value: string
  readonly isFraction: boolean
}

/** The panels of a run: the loss, and each of its metrics. */
export const panels = ({ started }: RunRecord): ReadonlyArray<Panel> => [
  { title: "Loss", value: "loss", isFraction: false },
  ...started.metrics.map(({ name, unit }) => ({
    title: `${name.slice(0, 1).toUpperCase()}${name.slice(1)}${unit === "fraction" ? " (%)" : ""}`,
    value: name,
    isFraction: unit === "fraction"
  }))
]

const scale = (panel: Panel, y: number | undefined): number | null =>
  y !== undefined && Number.isFinite(y) ? (panel.isFraction ? 100 * y : y) : null

// A long run has more steps than the panel has pixels: each point is the mean of the steps that share it.
const stepPoints = (panel: Panel, steps: ReadonlyArray<StepEnded>, stepsPerEpoch: number): Array<Chart.Point> => {
  const size = Math.max(1, Math.ceil(steps.length / 400))
  return Array.from({ length: Math.ceil(steps.length / size) }, (_, i) => {
    const group = steps.slice(i * size, (i + 1) * size)
    const mean =
      group.reduce(
        (sum, step) => sum + (panel.value === "loss" ? step.loss : (step.metrics[panel.value] ?? Number.NaN)),
        0
      ) / group.length
    return [(group.at(-1)!.step + 1) / stepsPerEpoch, scale(panel, mean)]
  })
}

const epochPoints = (
  panel: Panel,
  epochs: ReadonlyArray<EpochEnded>,
  set: "train" | "validation" | "test"
): Array<Chart.Point> =>
  epochs.flatMap((epoch): Array<Chart.Point> => {
    const scores = epoch[set]
    const value = MetricColumns.valueOf(scores, panel.value)
    return value === undefined ? [] : [[epoch.epoch + 1, scale(panel, value)]]
  })

const linesOf = (record: RunRecord, panel: Panel): ReadonlyArray<Chart.Line> => {
  const sets = (["train", "validation", "test"] as const)
    .map((set) => ({ set, data: epochPoints(panel, record.epochs, set) }))
    .filter(({ data }) => data.length > 0)
  const steps = stepPoints(panel, record.steps, record.started.stepsPerEpoch)
  const isStreamed =
    panel.value === "loss" || record.started.metrics.some(({ name, streams }) => streams && name === panel.value)
  return [
    ...(isStreamed
      ? [
          {
            name: eachStep,
            data: steps,
            symbol: "none" as const,
            lineStyle: { width: 1, opacity: 0.35 },
            color: styles.train.color,
            isFaint: true
          }
        ]
      : []),
    ...sets.map(({ data, set }) => ({
      name: set,
      data,
      symbol: styles[set].symbol,
      showSymbol: data.length <= 40,
      lineStyle: { width: 2.5, type: data.length <= 40 ? styles[set].type : "solid" },
      color: styles[set].color
    }))
  ]
}

/**
 * Draws panels side by side as an SVG, those of the loss and of the first metric by default: per epoch for each set, and thinly per step for training.
 *
 * The same record gives the same text, byte for byte. `ids` begins the names of the parts, so that one page can hold several drawings.
 */
export const render = (
  record: RunRecord,
  shown: ReadonlyArray<Panel> = panels(record).slice(0, 2),
  ids = "curves-"
): string =>
  Chart.draw(
    shown.map((panel) => ({ title: panel.title, fitted: panel.value !== "loss", lines: linesOf(record, panel) })),
    ids
  )
