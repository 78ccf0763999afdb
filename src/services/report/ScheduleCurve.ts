import type { LearningRate, Steps } from "../../train/LearningRate.js"
import * as Chart from "./Chart.js"

/** The most points of a line; more would not be seen. */
const most = 1000

/**
 * Draws a learning rate over the epochs of a run as an SVG.
 *
 * @category rendering
 */
export const render = (rate: LearningRate, { perEpoch, total }: Steps): string => {
  const every = Math.ceil(total / most)
  const steps = Array.from({ length: Math.ceil(total / every) }, (_, i) => i * every)
  if (steps.at(-1) !== total - 1) steps.push(total - 1)
  const line: Chart.Line = {
    name: "each step",
    data: steps.map((step) => [step / perEpoch, rate(step)] as const),
    color: "#0072b2",
    symbol: "none",
    lineStyle: { width: 2.5 }
  }
  return Chart.draw([{ title: "Learning rate", fitted: false, lines: [line] }], "schedule-")
}
