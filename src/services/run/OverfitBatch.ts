import { Effect } from "effect"
import * as Samples from "../../train/metrics/Samples.js"
import * as Plan from "../../train/Plan.js"
import type { Backend } from "../backend/Backend.js"
import * as FirstBatch from "./FirstBatch.js"
import type { TrainError } from "./Run.js"

/**
 * The result of training on one batch alone. The losses are the plain ones of the task, without label smoothing.
 *
 * @category models
 */
export interface OverfitBatch {
  /** Whether the loss fell to `target` and, of classes, every image is right. */
  readonly passed: boolean
  readonly images: number
  /** Steps until it passed, or until the loss was not a number, or all of them. */
  readonly steps: number
  readonly firstLoss: number
  readonly lastLoss: number
  readonly target: number
}

/** The part of the loss without knowledge that may be left. */
const nearZero = 0.1

/**
 * Trains on one fixed batch without augmentation and mixing until its loss is near 0, at most `steps` (200) steps: a network, a loss and an optimizer that fit together learn a batch by heart.
 * The learning rate warms up as the plan says, within these steps, and then stays at its highest.
 *
 * Near 0 is a tenth of `ln(classes)`, or of the loss before the first step where there are no classes.
 *
 * **Ownership** it frees what it makes; no directory is needed.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { Layers, type Network } from "effect-tensorflow/model"
 * import { Backend, OverfitBatch } from "effect-tensorflow/services"
 * import { Plan } from "effect-tensorflow/train"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, [0, 255, 10, 240], [0, 1, 0, 1]))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "greys", classNames: ["dark", "light"], train: images, test: images }))
 * const network: Network.Network = {
 *   name: "linear",
 *   input: shape,
 *   classes: 2,
 *   body: Layers.chain(Layers.flatten, Layers.linear(1, 2))
 * }
 *
 * const result = OverfitBatch.overfit(Plan.make({ network, dataset }))
 * const { images: count, passed } = await Effect.runPromise(Effect.provide(result, Backend.layerCpu))
 * passed // => true
 * count // => 4
 * ```
 *
 * @category training
 */
export const overfit = (
  plan: Plan.Plan,
  { steps = 200 }: { readonly steps?: number } = {}
): Effect.Effect<OverfitBatch, TrainError, Backend> =>
  Effect.gen(function* () {
    const checked = yield* Effect.fromResult(Plan.check(plan.pipe(Plan.augment([]), Plan.mix({}))))
    const { batch, step } = yield* FirstBatch.make(checked)
    const { task } = checked.train
    const outputs = batch.targets.length / batch.count
    // As many steps an epoch as keep the epochs of the plan, so that what is given in epochs stays in proportion.
    const rate = plan.rate.at({ perEpoch: Math.max(1, Math.round(steps / plan.epochs)), total: steps })
    let highest = 0
    let firstLoss = Number.NaN
    let target = nearZero * Math.log(outputs)
    let lastLoss = Number.NaN
    let done = 0
    // What is no number stays none.
    while (done < steps && !(done > 0 && Number.isNaN(lastLoss))) {
      highest = Math.max(highest, rate(done))
      const result = yield* step(highest)
      if (done === 0) {
        firstLoss = result.plain
        if (task !== "classes") target = nearZero * firstLoss
      }
      lastLoss = result.plain
      done += 1
      const samples = Samples.make({ task, width: outputs, outputs: result.outputs, targets: batch.targets })
      const isRight = task !== "classes" || samples.predicted.every((predicted, i) => predicted === samples.labels[i])
      if (lastLoss <= target && isRight) {
        return { passed: true, images: batch.count, steps: done, firstLoss, lastLoss, target }
      }
      yield* Effect.yieldNow
    }
    return { passed: false, images: batch.count, steps: done, firstLoss, lastLoss, target }
  }).pipe(Effect.scoped)
