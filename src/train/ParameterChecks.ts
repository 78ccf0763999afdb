import { Result } from "effect"
import * as Network from "../model/Network.js"
import * as Average from "./Average.js"
import * as Freezing from "./Freezing.js"
import type { Steps } from "./LearningRate.js"
import { type PlanError, refuse } from "./PlanError.js"
import type { Sharpness } from "./StepGradients.js"
import type { Transform } from "./Transform.js"

/** What of a plan says which parameters are trained, and by what. */
interface Trained extends Freezing.Freezing {
  readonly epochs: number
  readonly network: Network.Network
  readonly optimizer: Transform
}

/** The paths of the parameters: frozen in the first epoch, trained after so many epochs, no longer trained after so many, and ever trained, by label if the optimizer is a partition. */
interface Shares {
  readonly frozen: ReadonlyArray<string>
  readonly unfreeze: ReadonlyArray<Freezing.CheckedStage>
  readonly freezeAfter: ReadonlyArray<Freezing.CheckedStage>
  readonly trainable: ReadonlyArray<string> | Readonly<Record<string, ReadonlyArray<string>>>
}

/** An average that the steps of the run update. */
export const checkAverage = (average: Average.Average | undefined, steps: Steps): Result.Result<void, PlanError> =>
  average === undefined || Average.isUpdated(average, steps)
    ? Result.void
    : refuse(
        `the average of the weights, ${JSON.stringify(average.spec)}, is never updated in ${steps.total} steps, ${steps.perEpoch} an epoch`,
        "train for longer, update it sooner, or leave Plan.average out"
      )

/** The distance of sharpness-aware minimization. */
export const checkSharpness = ({ rho }: Sharpness): Result.Result<void, PlanError> =>
  Number.isFinite(rho) && rho >= 0
    ? Result.void
    : refuse(`the distance rho of SAM is ${rho}; expected a number of at least 0`, "set rho to a number such as 0.05")

/** Which parameters are frozen, and which part of the optimizer updates which of the others. */
export const share = (plan: Trained): Result.Result<Shares, PlanError> => {
  const { frozen, network, optimizer } = plan
  const paths = Network.parameters(network).flatMap(({ path, role }) => (role === "param" ? [path] : []))
  const isFrozen = (path: string) => frozen?.(path) ?? false
  const trainable = paths.filter((path) => !isFrozen(path))
  if (trainable.length === 0) {
    return refuse(
      `all ${paths.length} parameters of ${network.name} are frozen: nothing is left to train`,
      "leave those of the last layer out of what is frozen"
    )
  }
  if (frozen !== undefined && trainable.length === paths.length) {
    return refuse(
      `no parameter of ${network.name} is frozen, though some were to be`,
      `freeze some of ${paths.join(", ")}, or leave Plan.freeze out`
    )
  }
  const held = paths.filter(isFrozen)
  return Result.gen(function* () {
    const unfreeze = yield* Freezing.checkUnfreeze(plan, held)
    const freezeAfter = yield* Freezing.checkFreezeAfter(plan, paths)
    const freed = new Set(unfreeze.flatMap(({ paths }) => paths))
    const ever = paths.filter((path) => !isFrozen(path) || freed.has(path))
    const assigned = optimizer.assign?.(ever)
    return assigned?._tag === "Unassignable"
      ? yield* refuse(assigned.reason, assigned.fix)
      : { frozen: held, unfreeze, freezeAfter, trainable: assigned?.paths ?? ever }
  })
}
