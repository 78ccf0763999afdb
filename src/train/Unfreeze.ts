import { Result } from "effect"
import { type PlanError, refuse, whole } from "./PlanError.js"
import type { Frozen } from "./TrainState.js"

/**
 * Frozen parameters that are trained after so many epochs: those for whose paths `paths` is true.
 *
 * @category models
 */
export interface Unfreezing {
  readonly epoch: number
  readonly paths: (path: string) => boolean
}

/** What is frozen in a 0-based epoch; in epoch `Infinity`, what is frozen for the whole run. */
export const frozenIn = (
  { frozen, unfreeze }: { readonly frozen: Frozen; readonly unfreeze: ReadonlyArray<Unfreezing> },
  epoch: number
): Frozen => {
  const over = unfreeze.filter((unfreezing) => unfreezing.epoch <= epoch)
  return frozen === undefined || over.length === 0
    ? frozen
    : (path) => frozen(path) && !over.some(({ paths }) => paths(path))
}

/** The parameters that each unfreezing adds to the trained ones, by their paths, in the order of the epochs. */
export const check = (
  plan: { readonly frozen: Frozen; readonly unfreeze: ReadonlyArray<Unfreezing>; readonly epochs: number },
  frozen: ReadonlyArray<string>
): Result.Result<ReadonlyArray<{ readonly epoch: number; readonly paths: ReadonlyArray<string> }>, PlanError> =>
  Result.gen(function* () {
    let still = frozen
    const stages: Array<{ readonly epoch: number; readonly paths: ReadonlyArray<string> }> = []
    for (const { epoch, paths } of plan.unfreeze.toSorted((a, b) => a.epoch - b.epoch)) {
      yield* whole("the number of epochs before an unfreezing", epoch, 1, 1)
      if (epoch >= plan.epochs) {
        return yield* refuse(
          `parameters are unfrozen after ${epoch} epochs, and the run has ${plan.epochs}: they would never be trained`,
          "unfreeze them sooner, or train for more epochs"
        )
      }
      const freed = still.filter(paths)
      if (freed.length === 0) {
        return yield* refuse(
          `after ${epoch} epochs no parameter is unfrozen: expected some of those that are frozen until then, ${still.length === 0 ? "which are none" : still.join(", ")}`,
          "choose parameters that Plan.freeze has frozen and that were not unfrozen before"
        )
      }
      still = still.filter((path) => !freed.includes(path))
      stages.push({ epoch, paths: freed })
    }
    return stages
  })
