import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import { imageBytes } from "../../data/ImageSet.js"
import { type Images, isClasses } from "../../data/Images.js"
import { normalize } from "../../data/Normalize.js"
import * as Plan from "../../train/Plan.js"
import type { TrainState } from "../../train/TrainState.js"
import type { Backend } from "../backend/Backend.js"
import * as FirstBatch from "./FirstBatch.js"
import type { TrainError } from "./Run.js"

/**
 * A run would fail, and was not started: `check` says which check found it.
 *
 * @category errors
 */
export class PreflightError extends Schema.TaggedError<PreflightError>()("PreflightError", {
  check: Schema.Literals(["step", "disk"]),
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}

/**
 * What was found before a run: the loss of its first batch, the bytes of its state, and what is unusual without being wrong.
 *
 * @category models
 */
export interface Preflight {
  readonly loss: number
  readonly stateBytes: number
  readonly warnings: ReadonlyArray<string>
}

/**
 * Checks a plan before its run: that it makes sense, that its labels are in range, and, with one step on its first batch, that the loss and every parameter stay finite.
 *
 * Warns of images that are all alike, of statistics that do not normalize the images, of classes without an image, and of a random start whose loss is not near
 * `ln(classes)`, that of a network that knows nothing. Takes about the time of one step, and changes nothing of the run.
 *
 * **Errors** `PreflightError` for a step that is not finite; those of a run.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { Layers, type Network } from "effect-tensorflow/model"
 * import { Backend, Preflight } from "effect-tensorflow/services"
 * import { Plan } from "effect-tensorflow/train"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, [0, 255, 10, 240], [0, 1, 0, 1]))
 * const dataset = Result.getOrThrow(
 *   Dataset.make({ name: "greys", classNames: ["dark", "light", "clear"], train: images, test: images })
 * )
 * const network: Network.Network = {
 *   name: "linear",
 *   input: shape,
 *   classes: 3,
 *   body: Layers.chain(Layers.flatten, Layers.linear(1, 3))
 * }
 *
 * const checked = Preflight.check(Plan.make({ network, dataset }))
 * const { warnings } = await Effect.runPromise(Effect.provide(checked, Backend.layerCpu))
 * warnings // => ["1 of 3 classes has no training image: clear"]
 * ```
 *
 * @category checks
 */
export const check = (plan: Plan.Plan): Effect.Effect<Preflight, TrainError | PreflightError, Backend> =>
  Effect.gen(function* () {
    const checked = yield* Effect.fromResult(Plan.check(plan))
    const first = yield* FirstBatch.make(checked)
    const { loss, plain } = yield* first.step(checked.rate(0))
    const state = yield* first.state
    const broken = tensorsOf(state).find(([, tensor]) => !isFinite(tensor))
    if (!Number.isFinite(loss) || broken !== undefined) {
      return yield* new PreflightError({
        check: "step",
        reason: Number.isFinite(loss)
          ? `after one step ${broken?.[0]} is not finite`
          : `the loss of the first batch is ${loss}; expected a finite number`,
        fix: `look at the ${Number.isFinite(loss) ? "gradient of the loss and the optimizer" : "loss and the layers"}: a logarithm or a root of 0, a division by 0, an overflow; or at the images and labels`
      })
    }
    return {
      loss,
      stateBytes: tensorsOf(state).reduce((sum, [, { size }]) => sum + 4 * size, 0),
      warnings: [
        ...imageWarnings(first.batch, plan),
        ...classWarnings(checked.train, plan.dataset.classNames),
        ...lossWarnings(plan, checked.train, plain)
      ]
    }
  }).pipe(Effect.scoped)

const tensorsOf = ({ groups }: TrainState): ReadonlyArray<readonly [name: string, tensor: tf.Tensor]> =>
  Object.entries(groups).flatMap(([group, tensors]) =>
    Object.entries(tensors).map(([path, tensor]) => [`${path} (${group})`, tensor] as const)
  )

/** 0 times a number is 0, and times anything else not a number. */
const isFinite = (tensor: tf.Tensor): boolean => tf.tidy(() => tf.sum(tf.mul(tensor, 0)).dataSync()[0] === 0)

/** Means and deviations of normalized images differ from 0 and 1 from batch to batch; beyond these they are of other images. */
const most = { mean: 1, deviation: [0.2, 5] } as const

const imageWarnings = (
  { images, shape }: FirstBatch.FirstBatch["batch"],
  { dataset }: Plan.Plan
): ReadonlyArray<string> => {
  const size = imageBytes(shape)
  if (images.length > size && images.every((pixel, i) => pixel === images[i % size])) {
    return ["the images of the first batch are all alike: the network can learn nothing from them"]
  }
  const pixels = normalize(images, shape.channels, dataset.statistics)
  const mean = pixels.reduce((sum, x) => sum + x, 0) / pixels.length
  const deviation = Math.sqrt(pixels.reduce((sum, x) => sum + (x - mean) ** 2, 0) / pixels.length)
  return Math.abs(mean) > most.mean || deviation < most.deviation[0] || deviation > most.deviation[1]
    ? [
        `the normalized images of the first batch have mean ${mean.toFixed(2)} and deviation ${deviation.toFixed(2)}, not near 0 and 1: are the dataset's statistics those of its images, with pixels from 0 to 255?`
      ]
    : []
}

const classWarnings = (set: Images, classNames: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (!isClasses(set)) return []
  const seen = new Set(set.labels)
  const missing = classNames.filter((_, label) => !seen.has(label))
  const shown = missing.slice(0, 3).join(", ")
  return missing.length === 0
    ? []
    : [
        `${missing.length} of ${classNames.length} classes ${missing.length === 1 ? "has" : "have"} no training image: ${shown}${missing.length > 3 ? ", ..." : ""}`
      ]
}

const lossWarnings = ({ dataset, start }: Plan.Plan, set: Images, plain: number): ReadonlyArray<string> => {
  const expected = Math.log(dataset.classNames.length)
  const factor = plain / expected
  return start !== undefined || !isClasses(set) || (factor > 0.5 && factor < 2)
    ? []
    : [
        `the loss of the first batch is ${plain.toFixed(2)}; of a random start about ln(${dataset.classNames.length}) = ${expected.toFixed(2)} is expected: are the labels those of the images, and the last layer's initial weights small enough?`
      ]
}
