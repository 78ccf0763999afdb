import { Result } from "effect"
import type { Dataset } from "../data/Dataset.js"
import type { Network } from "../model/Network.js"
import * as Loss from "./Loss.js"
import type { Metric } from "./Metric.js"
import * as Metrics from "./Metrics.js"
import { type PlanError, refuse } from "./PlanError.js"

/** The metrics of a plan, if they are for its task and their names tell them apart. */
export const checkMetrics = ({
  dataset,
  metrics
}: {
  readonly dataset: Dataset
  readonly metrics: ReadonlyArray<Metric> | undefined
}): Result.Result<ReadonlyArray<Metric>, PlanError> => {
  const { task } = dataset.train
  if (metrics === undefined) return Result.succeed(Metrics.ofTask(task))
  for (const [i, { name, tasks }] of metrics.entries()) {
    if (!tasks.includes(task)) {
      return refuse(
        `the metric ${name} is for labels of the kind ${tasks.map((task) => `"${task}"`).join(" or ")}; those of ${dataset.name} are "${task}"`,
        `choose metrics for them, such as ${Metrics.ofTask(task)
          .map(({ name }) => name)
          .join(", ")}, or leave them out for these`
      )
    }
    if (name === "" || name === "loss" || name.includes("/")) {
      return refuse(
        `a metric is called "${name}"`,
        'give it a name other than "loss", without a slash: "validation/f1-macro" is the metric "f1-macro" of a set'
      )
    }
    if (metrics.findIndex((other) => other.name === name) !== i) {
      return refuse(`two metrics are called "${name}"`, "leave one of them out, or give it another name")
    }
  }
  return Result.succeed(metrics)
}

/** Whether the loss and the network's outputs are for the labels of the dataset. */
export const checkTask = ({
  dataset,
  loss,
  network
}: {
  readonly dataset: Dataset
  readonly loss: Loss.Loss
  readonly network: Network
}): Result.Result<void, PlanError> => {
  const { task } = dataset.train
  const { classNames } = dataset
  if (!loss.tasks.includes(task)) {
    return refuse(
      `the loss ${loss.spec._tag} is for labels of the kind ${loss.tasks.map((task) => `"${task}"`).join(" or ")}; those of ${dataset.name} are "${task}"`,
      `leave Plan.loss out, or give it a loss for them such as ${Loss.ofTask(task).spec._tag}`
    )
  }
  if (task === "classes" || classNames.length === network.classes) return loss.check?.(network.classes) ?? Result.void
  return refuse(
    `${network.name} has ${network.classes} outputs; ${dataset.name} has ${classNames.length} names of ${task === "values" ? "values" : "labels"}`,
    `build the network with classes: ${classNames.length}, one output for each`
  )
}
