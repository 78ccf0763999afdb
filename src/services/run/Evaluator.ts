import * as tf from "@tensorflow/tfjs-core"
import { Effect, type Scope } from "effect"
import * as Batches from "../../data/Batches.js"
import type { DatasetError } from "../../data/DatasetError.js"
import { type ImageShape, imageBytes } from "../../data/ImageSet.js"
import * as Images from "../../data/Images.js"
import { coefficients, normalize } from "../../data/Normalize.js"
import type { ChannelStatistics } from "../../data/Statistics.js"
import type { Kernels } from "../../model/Kernels.js"
import type { Network } from "../../model/Network.js"
import type { ShapeError } from "../../model/ShapeError.js"
import type { HostTensor, Weights } from "../../model/Tensors.js"
import { WeightsError } from "../../model/weights/WeightsError.js"
import * as BatchEvaluation from "../../train/BatchEvaluation.js"
import * as Measured from "../../train/Measured.js"
import type { Metric } from "../../train/Metric.js"
import * as Metrics from "../../train/Metrics.js"
import type { Detail } from "../../train/metrics/Detail.js"
import type { Interval } from "../../train/metrics/Interval.js"
import * as Samples from "../../train/metrics/Samples.js"
import { PartError, TensorLeakError } from "../../train/TrainError.js"
import type { Mistake, Scores } from "../../train/TrainEvent.js"
import type { Views } from "../../train/Views.js"
import type { Backend } from "../backend/Backend.js"
import * as Loader from "../loader/Loader.js"
import { BackendError } from "../native/BackendError.js"
import { attempt } from "./Attempt.js"
import * as Intervals from "./Intervals.js"
import * as ResidentWeights from "./ResidentWeights.js"

/**
 * The images of a batch, as many pixels as 500 of CIFAR: 250 take 2 to 5 % longer an image, 125 a tenth to a fifth, and 1,000 would need twice the memory for 3 %.
 *
 * @category evaluating
 */
export const batchSizeFor = (shape: ImageShape): number =>
  Math.max(1, Math.min(500, Math.floor((500 * 32 * 32 * 3) / imageBytes(shape))))

/** As many as a report shows. */
const maxMistakes = 25

/**
 * The evaluation of a network on a set: the scores, 95 % confidence intervals of metrics by their names, and what they are made of; `confusion[label][predicted]` counts; `mistakes` are the most confident ones, the most confident first.
 * Both are empty unless each image has one class.
 *
 * @category models
 */
export interface Evaluation {
  readonly scores: Scores
  readonly intervals: Readonly<Record<string, Interval>>
  readonly details: ReadonlyArray<Detail>
  readonly confusion: ReadonlyArray<ReadonlyArray<number>>
  readonly mistakes: ReadonlyArray<Mistake>
}

/**
 * Evaluates sets of images, with weights that stay on the backend.
 *
 * @category models
 */
export interface Evaluator {
  readonly evaluate: (set: Images.Images) => Effect.Effect<Evaluation, EvaluateError>
}

/**
 * The errors of an evaluation.
 *
 * @category errors
 */
export type EvaluateError = BackendError | DatasetError | PartError | TensorLeakError | WeightsError

/**
 * Uploads images, normalised, for as long as `use` runs.
 *
 * **Shapes** `pixels` uint8 of `count` images of `shape` -> `[count, height, width, channels]` f32.
 * **Errors** the `PartError`, `TensorLeakError` or `WeightsError` that `use` throws; `BackendError` for anything else that it throws.
 *
 * @category evaluating
 */
export const withImages = <A>(
  images: { readonly shape: ImageShape; readonly count: number; readonly images: Uint8Array },
  statistics: ChannelStatistics,
  kernels: Kernels,
  use: (images: tf.Tensor4D) => A
): Effect.Effect<A, BackendError | PartError | TensorLeakError | WeightsError> =>
  Effect.try({
    try: () => {
      const { channels, height, width } = images.shape
      const shape = [images.count, height, width, channels] satisfies tf.Tensor4D["shape"]
      const uploaded =
        kernels.normalizePixels?.(images.images, shape, coefficients(statistics)) ??
        tf.tensor4d(normalize(images.images, channels, statistics), shape)
      try {
        return use(uploaded)
      } finally {
        uploaded.dispose()
      }
    },
    catch: (cause) =>
      cause instanceof PartError || cause instanceof TensorLeakError || cause instanceof WeightsError
        ? cause
        : new BackendError({
            reason: `the backend failed on a batch of ${images.count} images: ${cause instanceof Error ? cause.message : String(cause)}`,
            fix: "if memory is short, make the batch or the network smaller; `effect-tensorflow doctor` checks the installation",
            cause
          })
  })

/**
 * Uploads a batch, normalised, for as long as `use` runs; errors as of `withImages`.
 *
 * @category evaluating
 */
export const withBatch = <A>(
  batch: Pick<Batches.Batch, "count" | "shape" | "images" | "targets">,
  statistics: ChannelStatistics,
  kernels: Kernels,
  use: (images: tf.Tensor4D, targets: tf.Tensor2D) => A
): Effect.Effect<A, BackendError | PartError | TensorLeakError | WeightsError> =>
  withImages(batch, statistics, kernels, (images) => {
    const targets = tf.tensor2d(batch.targets, [batch.count, batch.targets.length / batch.count])
    try {
      return use(images, targets)
    } finally {
      targets.dispose()
    }
  })

/**
 * Evaluates every image of a set with a function of a batch. Other fibers run between batches.
 *
 * @category evaluating
 */
export const evaluate = (options: {
  readonly evaluateBatch: (images: tf.Tensor4D, targets: tf.Tensor2D) => BatchEvaluation.BatchEvaluation
  readonly kernels: Kernels
  readonly classes: number
  readonly set: Images.Images
  readonly statistics: ChannelStatistics
  readonly loader: Loader.Loader
  /** Those of the task by default. */
  readonly metrics?: ReadonlyArray<Metric>
  /** The seed of a bootstrap, if intervals are wanted of other metrics than proportions too. */
  readonly bootstrap?: number | undefined
}): Effect.Effect<Evaluation, EvaluateError> =>
  Effect.gen(function* () {
    const { classes, set } = options
    yield* Effect.fromResult(Images.check(set, classes, "evaluated"))
    const { metrics = Metrics.ofTask(set.task) } = options
    const shape = { task: set.task, width: Images.isClasses(set) ? classes : 0 }
    let confusion = Metrics.confusion.empty(shape)
    const wrong: Array<Pick<Mistake, "index" | "label" | "predicted" | "probability">> = []
    let measured = yield* attempt(() => Measured.start(metrics, { task: set.task, width: classes }))
    const toBootstrap = options.bootstrap === undefined ? [] : Intervals.missing(metrics, measured, set.count * classes)
    const all: Array<Samples.Samples> = []
    const batchSize = batchSizeFor(set.shape)
    const next = yield* options.loader.open(set, {
      batchSize,
      remainder: "keep",
      seed: 0,
      epochs: 1,
      outputs: classes,
      augment: []
    })
    const indices = Array.from({ length: Batches.count(set.count, { batchSize, remainder: "keep" }) }, (_, i) => i)
    const evaluateNext = (index: number) =>
      Effect.flatMap(next(0, index), (batch) =>
        withBatch(batch, options.statistics, options.kernels, options.evaluateBatch).pipe(
          Effect.tap((result) =>
            attempt(() => {
              const { loss, outputs } = result
              const samples = Samples.make({ task: set.task, width: classes, outputs, targets: batch.targets })
              measured = Measured.add(measured, loss, samples)
              if (toBootstrap.length > 0) all.push(samples)
              if (!Images.isClasses(set)) return
              confusion = Metrics.confusion.combine(confusion, Metrics.confusion.ofBatch(samples))
              samples.predicted.forEach((predicted, i) => {
                const label = samples.labels[i]!
                if (predicted === label) return
                const probability = Math.fround(samples.confidence[i]!)
                wrong.push({ index: batch.indices[i]!, label, predicted, probability })
              })
            })
          ),
          Effect.andThen(Effect.yieldNow)
        )
      )
    yield* Effect.forEach(indices, evaluateNext, { discard: true })
    const shown = wrong.sort((a, b) => b.probability - a.probability || a.index - b.index).slice(0, maxMistakes)
    const pixels = yield* Images.pixels(
      set,
      shown.map(({ index }) => index)
    )
    const bytes = imageBytes(set.shape)
    const mistakes = shown.map((mistake, i) => ({
      ...mistake,
      ...set.shape,
      pixels: Buffer.from(pixels.subarray(i * bytes, (i + 1) * bytes)).toString("base64")
    }))
    const drawn = options.bootstrap ?? 0
    const intervals = toBootstrap.length === 0 ? {} : yield* Intervals.bootstrap(toBootstrap, all, drawn)
    return yield* attempt(() => ({
      scores: Measured.scores(measured),
      intervals: { ...Intervals.known(measured), ...intervals },
      details: detailsOf(measured),
      confusion,
      mistakes
    }))
  }).pipe(Effect.scoped)

/** What the metrics are made of; of several with details of one kind, which are the same, the first. */
const detailsOf = ({ metrics }: Measured.Measured): ReadonlyArray<Detail> => {
  const details = Object.values(metrics).flatMap(({ detail }) => detail ?? [])
  return details.filter((detail, i) => details.findIndex(({ _tag }) => _tag === detail._tag) === i)
}

/**
 * An evaluator of a network with these weights, which it uploads once.
 *
 * `statistics` normalize the images as in the weights' training: `dataset.statistics`, or `Statistics.imagenet` for most published weights.
 *
 * **Errors** `ShapeError` when the network's layers do not fit together, `WeightsError` when the weights are not the network's.
 * **Ownership** the weights on the backend belong to the scope.
 *
 * @category constructors
 */
export const make = (options: {
  readonly network: Network
  readonly weights: Weights<HostTensor>
  readonly statistics: ChannelStatistics
  /** How often each image is seen; `none` by default. */
  readonly views?: Views
  /** Those of the task of the set by default. */
  readonly metrics?: ReadonlyArray<Metric>
  /** The seed of a bootstrap, if intervals are wanted of other metrics than proportions too. */
  readonly bootstrap?: number
}): Effect.Effect<Evaluator, BackendError | ShapeError | WeightsError, Backend | Scope.Scope> =>
  Effect.gen(function* () {
    const { bootstrap, metrics, network, statistics, views, weights } = options
    const loader = yield* Loader.make(yield* Loader.Workers)
    const { kernels, params, state } = yield* ResidentWeights.upload(network, weights)
    return {
      evaluate: (set) => {
        const evaluateBatch = BatchEvaluation.make(network, kernels, set.task, views)
        return evaluate({
          evaluateBatch: (images, targets) => evaluateBatch(params, state, images, targets),
          kernels,
          classes: network.classes,
          set,
          statistics,
          loader,
          bootstrap,
          ...(metrics === undefined ? {} : { metrics })
        })
      }
    }
  })

/**
 * Evaluates a network with these weights on every image of a set.
 *
 * **Ownership** it frees what it uploads.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { ImageSet } from "effect-tensorflow/data"
 * import { Layers, type Network } from "effect-tensorflow/model"
 * import { Backend, Evaluator } from "effect-tensorflow/services"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * const set = Result.getOrThrow(ImageSet.make(shape, [0, 255, 240], [0, 1, 0]))
 * const network: Network.Network = {
 *   name: "linear",
 *   input: shape,
 *   classes: 2,
 *   body: Layers.chain(Layers.flatten, Layers.named("fc", Layers.linear(1, 2)))
 * }
 * // The logit of class 1 is the pixel, normalized to -1..1.
 * const params = {
 *   "fc.weight": { shape: [1, 2], data: Float32Array.of(0, 1) },
 *   "fc.bias": { shape: [2], data: new Float32Array(2) }
 * }
 * const statistics = { mean: [0.5], deviation: [0.5] }
 *
 * const evaluation = Evaluator.evaluateWeights({ network, weights: { params, state: {} }, set, statistics })
 * const { confusion, scores } = await Effect.runPromise(Effect.provide(evaluation, Backend.layerCpu))
 * scores.total // => 3
 * scores.metrics.accuracy // => 2 / 3
 * confusion // => [[1, 1], [0, 1]]
 * ```
 *
 * @category evaluating
 */
export const evaluateWeights = (
  options: Parameters<typeof make>[0] & { readonly set: Images.Images }
): Effect.Effect<Evaluation, EvaluateError | ShapeError, Backend> =>
  Effect.scoped(Effect.flatMap(make(options), ({ evaluate }) => evaluate(options.set)))
