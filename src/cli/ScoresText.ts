import * as Metrics from "../train/Metrics.js"
import type { Scores } from "../train/TrainEvent.js"

/** Scores as text: "accuracy 94.21 % (9421 of 10000), loss 0.1912". */
export const render = ({ loss, metrics, total }: Scores): string =>
  [
    ...Object.entries(metrics).map(([name, value]) => {
      const isFraction = Metrics.named(name)?.unit === "fraction"
      const counts = name === "accuracy" ? ` (${Math.round(value * total)} of ${total})` : ""
      return `${name} ${isFraction ? `${(100 * value).toFixed(2)} %` : value.toFixed(4)}${counts}`
    }),
    `loss ${loss.toFixed(4)}`
  ].join(", ")
