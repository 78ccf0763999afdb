import { Result } from "effect"
import type { Metric } from "./Metric.js"
import { type PlanError, refuse } from "./PlanError.js"
import type { Policy } from "./Policy.js"
import { keepBest, keepBestName } from "./policies/KeepBest.js"
import { saveEachEpoch, saveEvery } from "./policies/SaveEvery.js"

/**
 * The policies of a plan after those that save: at the end of each epoch, every k steps, and with a validation split the best, if none of the plan's keeps the best.
 *
 * **Errors** `PlanError` for two policies with one name, and for one that decides by a score that the run does not have.
 */
export const withSaving = (
  plan: { readonly checkpointEvery: number; readonly policies: ReadonlyArray<Policy> },
  metrics: ReadonlyArray<Metric>,
  validationImages: number
): Result.Result<ReadonlyArray<Policy>, PlanError> =>
  Result.gen(function* () {
    const keepsBest = plan.policies.some(({ name }) => name === keepBestName)
    const policies = [
      saveEachEpoch,
      ...(plan.checkpointEvery > 0 ? [saveEvery(plan.checkpointEvery)] : []),
      ...(validationImages > 0 && !keepsBest ? [keepBest(bestBy(metrics))] : []),
      ...plan.policies
    ]
    yield* distinct(policies)
    for (const policy of policies) {
      for (const metric of policy.metrics) yield* known(policy.name, metric, metrics, validationImages)
    }
    return policies
  })

/** The best is kept by the first metric, else by the loss. */
const bestBy = ([first]: ReadonlyArray<Metric>) =>
  first === undefined ? { metric: "validation/loss" } : { metric: `validation/${first.name}`, mode: first.goal }

const distinct = (policies: ReadonlyArray<Policy>): Result.Result<void, PlanError> => {
  const twice = policies.find(({ name }, i) => policies.findIndex((other) => other.name === name) !== i)
  return twice === undefined
    ? Result.void
    : refuse(
        `two policies are called "${twice.name}"`,
        "give each policy another name, under which a checkpoint keeps its state"
      )
}

const known = (
  policy: string,
  metric: string,
  metrics: ReadonlyArray<Metric>,
  validationImages: number
): Result.Result<void, PlanError> => {
  const slash = metric.indexOf("/")
  const [set, name] = [metric.slice(0, slash), metric.slice(slash + 1)]
  const names = ["loss", ...metrics.flatMap(({ name, streams }) => (set === "train" && !streams ? [] : [name]))]
  if (set === "validation" && validationImages === 0) {
    return refuse(
      `the policy "${policy}" decides by ${metric}, and the plan has no validation split`,
      "hold images back with Plan.validation(0.1), in a recipe validation: 0.1, or let it decide by train/loss"
    )
  }
  return names.includes(name)
    ? Result.void
    : refuse(
        `the policy "${policy}" decides by ${metric}; the scores of ${set === "train" ? "training" : "the split"} are ${names.join(" and ")}`,
        `let it decide by ${set}/${names.at(-1)}, or add what it decides by to the metrics of the plan`
      )
}
