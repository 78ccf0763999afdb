import { Result } from "effect"
import { type PlanError, refuse, whole } from "./PlanError.js"
import type { Frozen } from "./TrainState.js"

/**
 * A change of what is frozen after so many epochs: of the parameters for whose paths `paths` is true.
 *
 * @category models
 */
export interface Stage {
  readonly epoch: number
  readonly paths: (path: string) => boolean
}

/** What of a plan says which parameters are frozen when. */
export interface Freezing {
  readonly frozen: Frozen
  readonly unfreeze: ReadonlyArray<Stage>
  readonly freezeAfter: ReadonlyArray<Stage>
}

/** The paths that each change concerns. */
export interface CheckedStage {
  readonly epoch: number
  readonly paths: ReadonlyArray<string>
}

const until = (stages: ReadonlyArray<Stage>, epoch: number): ReadonlyArray<Stage> =>
  stages.filter((stage) => stage.epoch <= epoch)

const isIn = (stages: ReadonlyArray<Stage>, path: string): boolean => stages.some(({ paths }) => paths(path))

/** What is frozen in a 0-based epoch. */
export const frozenIn = ({ freezeAfter, frozen, unfreeze }: Freezing, epoch: number): Frozen => {
  const [freed, done] = [until(unfreeze, epoch), until(freezeAfter, epoch)]
  return done.length === 0 && (frozen === undefined || freed.length === 0)
    ? frozen
    : (path) => isIn(done, path) || ((frozen?.(path) ?? false) && !isIn(freed, path))
}

/** What is frozen in every epoch. */
export const frozenThroughout = ({ frozen, unfreeze }: Freezing): Frozen =>
  frozenIn({ frozen, unfreeze, freezeAfter: [] }, Number.POSITIVE_INFINITY)

const byEpoch = (stages: ReadonlyArray<Stage>): ReadonlyArray<Stage> => stages.toSorted((a, b) => a.epoch - b.epoch)

/** The parameters that each unfreezing adds to the trained ones, by their paths, in the order of the epochs. */
export const checkUnfreeze = (
  plan: Freezing & { readonly epochs: number },
  frozen: ReadonlyArray<string>
): Result.Result<ReadonlyArray<CheckedStage>, PlanError> =>
  Result.gen(function* () {
    let still = frozen
    const stages: Array<CheckedStage> = []
    for (const { epoch, paths } of byEpoch(plan.unfreeze)) {
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

/** The parameters of which each stage ends the training, of all `paths`, in the order of the epochs. A stage after the last epoch changes nothing, and is valid: a run may be cut short. */
export const checkFreezeAfter = (
  plan: Freezing,
  paths: ReadonlyArray<string>
): Result.Result<ReadonlyArray<CheckedStage>, PlanError> =>
  Result.gen(function* () {
    const stages: Array<CheckedStage> = []
    for (const { epoch, paths: isEnded } of byEpoch(plan.freezeAfter)) {
      yield* whole("the number of epochs before a freezing", epoch, 1, 3)
      const trained = (epoch: number) => paths.filter((path) => !(frozenIn(plan, epoch)?.(path) ?? false))
      const ended = trained(epoch - 1).filter(isEnded)
      if (ended.length === 0) {
        return yield* refuse(
          `after ${epoch} epochs no parameter is frozen: expected some of those that are trained until then, ${trained(epoch - 1).join(", ")}`,
          "choose parameters that are trained in the epoch before"
        )
      }
      if (trained(epoch).length === 0) {
        return yield* refuse(
          `after ${epoch} epochs all parameters are frozen: nothing is left to train`,
          "leave those of the last layer out of Plan.freezeAfter, or train for fewer epochs"
        )
      }
      stages.push({ epoch, paths: ended })
    }
    return stages
  })
