import { Result } from "effect"
import type { Task } from "../data/Targets.js"
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
  task: Task,
  validationImages: number
): Result.Result<ReadonlyArray<Policy>, PlanError> =>
  Result.gen(function* () {
    const keepsBest = plan.policies.some(({ name }) => name === keepBestName)
    const policies = [
      saveEachEpoch,
      ...(plan.checkpointEvery > 0 ? [saveEvery(plan.checkpointEvery)] : []),
      ...(validationImages > 0 && !keepsBest
        ? [keepBest({ metric: task === "classes" ? "validation/accuracy" : "validation/loss" })]
        : []),
      ...plan.policies
    ]
    yield* distinct(policies)
    for (const policy of policies) {
      for (const metric of policy.metrics) yield* known(policy.name, metric, task, validationImages)
    }
    return policies
  })

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
  task: Task,
  validationImages: number
): Result.Result<void, PlanError> => {
  const slash = metric.indexOf("/")
  const [set, name] = [metric.slice(0, slash), metric.slice(slash + 1)]
  const names = task === "classes" ? ["loss", "accuracy"] : ["loss"]
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
        `let it decide by ${set}/${names.at(-1)}`
      )
}
