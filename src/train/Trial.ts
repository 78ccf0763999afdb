import { Result } from "effect"
import type * as Images from "../data/Images.js"
import { sample } from "../data/Split.js"
import type { Task } from "../data/Targets.js"
import * as Average from "./Average.js"
import * as Plan from "./Plan.js"

/** Epochs, and batches in each, of a fast dev run: two of each, so that the change to the next is tried too. */
const epochs = 2
const batches = 2

/**
 * The plan cut down to two epochs of two batches, with two batches of test images: every part of the run is used once, in seconds. Its scores say nothing. An
 * average of the weights that so few steps do not update is left out.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { MnistCnn } from "effect-tensorflow/model"
 * import { Plan, Trial } from "effect-tensorflow/train"
 *
 * const shape = { height: 16, width: 16, channels: 1 }
 * const labels = Array.from({ length: 1000 }, (_, i) => i % 2)
 * const images = Result.getOrThrow(ImageSet.make(shape, new Uint8Array(1000 * 16 * 16), labels))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "blank", classNames: ["a", "b"], train: images, test: images }))
 * const plan = Plan.make({ network: MnistCnn.make({ input: shape, classes: 2 }), dataset }).pipe(Plan.batchSize(32))
 *
 * Result.getOrThrow(Plan.check(plan)).steps // => { perEpoch: 32, total: 320 }
 * Result.getOrThrow(Plan.check(Trial.fastDevRun(plan))).steps // => { perEpoch: 2, total: 4 }
 * ```
 *
 * @category transformations
 */
export const fastDevRun = <T extends Task>(plan: Plan.Plan<T>): Plan.Plan<T> => {
  const { batchSize, dataset, seed, validation } = plan
  const images = batches * batchSize
  const some = (set: Images.Images<T>, count: number): Images.Images<T> =>
    // A plan that makes no sense stays as it is, for `Plan.check` to say so.
    Result.getOrElse(sample(set, Math.min(Math.max(1, Math.ceil(count)), set.count), seed), () => set)
  const train = some(dataset.train, images / (1 - validation))
  const small = { ...dataset, train, test: some(dataset.test, images) }
  const perEpoch = Math.max(1, Math.min(batches, Math.floor(train.count / batchSize)))
  const isUpdated =
    plan.average !== undefined && Average.isUpdated(plan.average, { perEpoch, total: epochs * perEpoch })
  return plan.pipe(
    Plan.dataset(small),
    Plan.epochs(epochs),
    Plan.limitTrain(null),
    Plan.average(isUpdated ? plan.average : undefined)
  )
}
