import type { EpochEnded, StepEnded } from "../../train/TrainEvent.js"
import * as Chart from "./Chart.js"
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
const stepPoints = (panel: Panel, steps: ReadonlyArray<StepEnded>, stepsPerEpoch: number): Array<Chart.Point> => {
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
): Array<Chart.Point> =>
  epochs.flatMap((epoch): Array<Chart.Point> => {
    const scores = epoch[set]
    return scores === null ? [] : [[epoch.epoch + 1, scale(panel, scores[panel.value] ?? Number.NaN)]]
  })

const linesOf = (record: RunRecord, panel: Panel): ReadonlyArray<Chart.Line> => {
  const sets = (["train", "validation", "test"] as const)
    .map((set) => ({ set, data: epochPoints(panel, record.epochs, set) }))
    .filter(({ data }) => data.length > 0)
  return [
    {
      name: eachStep,
      data: stepPoints(panel, record.steps, record.started.stepsPerEpoch),
      symbol: "none",
      lineStyle: { width: 1, opacity: 0.35 },
      color: styles.train.color,
      isFaint: true
    },
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
 * Draws panels side by side as an SVG: per epoch for each set, and thinly per step for training.
 *
 * The same record gives the same text, byte for byte. `ids` begins the names of the parts, so that one page can hold several drawings.
 */
export const render = (record: RunRecord, shown: ReadonlyArray<Panel> = panels, ids = "curves-"): string =>
  Chart.draw(
    shown.map((panel) => ({ title: panel.title, fitted: panel.value === "accuracy", lines: linesOf(record, panel) })),
    ids
  )
