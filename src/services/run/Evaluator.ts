import * as tf from "@tensorflow/tfjs-core"
import { Effect, Stream } from "effect"
import * as Batches from "../../data/Batches.js"
import type { DatasetError } from "../../data/DatasetError.js"
import type { ImageSet } from "../../data/ImageSet.js"
import { normalize } from "../../data/Normalize.js"
import type { ChannelStatistics } from "../../data/Statistics.js"
import type { Network } from "../../model/Network.js"
import type { HostTensor, Tensors, Weights } from "../../model/Tensors.js"
import * as Evaluation from "../../train/Evaluation.js"
import * as Metrics from "../../train/Metrics.js"
import type { Evaluated, Mistake } from "../../train/TrainEvent.js"
import { Backend } from "../backend/Backend.js"
import * as TensorScope from "../backend/TensorScope.js"
import { upload } from "../backend/Transfer.js"
import { BackendError } from "../native/BackendError.js"

/** Large enough to keep two cores busy, small enough for the memory of a large network's maps. */
const batchSize = 250

/** As many as a report shows. */
const maxMistakes = 25

/**
 * Uploads a batch, normalised, for as long as `use` runs.
 *
 * **Errors** `BackendError` for whatever the backend throws.
 */
export const withBatch = <A>(
  batch: Batches.Batch,
  statistics: ChannelStatistics,
  use: (images: tf.Tensor4D, labels: tf.Tensor1D) => A
): Effect.Effect<A, BackendError> =>
  Effect.try({
    try: () => {
      const { channels, height, width } = batch.shape
      const images = tf.tensor4d(normalize(batch.images, channels, statistics), [batch.count, height, width, channels])
      const labels = tf.tensor1d(batch.labels, "int32")
      try {
        return use(images, labels)
      } finally {
        tf.dispose([images, labels])
      }
    },
    catch: (cause) =>
      new BackendError({
        reason: `the backend failed on a batch of ${batch.count} images: ${cause instanceof Error ? cause.message : String(cause)}`,
        fix: "if memory is short, make the batch or the network smaller; `effect-tensorflow doctor` checks the installation"
      })
  })

/**
 * Evaluates every image of a set, batch by batch, giving way to other fibers between them.
 *
 * `confusion[label][predicted]` counts; the mistakes are the most confident ones, the surest first.
 */
export const evaluate = (options: {
  readonly evaluateBatch: Evaluation.EvaluateBatch
  readonly classes: number
  readonly params: Tensors
  readonly state: Tensors
  readonly set: ImageSet
  readonly statistics: ChannelStatistics
}): Effect.Effect<Evaluated, BackendError | DatasetError> =>
  Effect.gen(function* () {
    const { classes, set } = options
    const confusion = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0))
    const wrong: Array<Pick<Mistake, "index" | "label" | "predicted" | "probability">> = []
    let sums = Metrics.empty
    const batches = Batches.stream(set, {
      batchSize,
      remainder: "keep",
      shuffle: false,
      seed: 0,
      epoch: 0,
      augment: []
    })
    yield* Stream.runForEach(batches, (batch) =>
      withBatch(batch, options.statistics, (images, labels) =>
        options.evaluateBatch(options.params, options.state, images, labels)
      ).pipe(
        Effect.tap((evaluation) =>
          Effect.sync(() => {
            sums = Metrics.combine(sums, evaluation.sums)
            batch.labels.forEach((label, i) => {
              const predicted = evaluation.predicted[i]!
              confusion[label]![predicted]! += 1
              if (predicted !== label) {
                wrong.push({ index: batch.indices[i]!, label, predicted, probability: evaluation.probability[i]! })
              }
            })
          })
        ),
        Effect.andThen(Effect.yieldNow)
      )
    )
    const { channels, height, width } = set.shape
    const bytes = channels * height * width
    const mistakes = wrong
      .sort((a, b) => b.probability - a.probability || a.index - b.index)
      .slice(0, maxMistakes)
      .map((mistake) => ({
        ...mistake,
        ...set.shape,
        pixels: Buffer.from(set.images.subarray(mistake.index * bytes, (mistake.index + 1) * bytes)).toString("base64")
      }))
    return { _tag: "Evaluated", scores: Metrics.scores(sums), confusion, mistakes }
  })

/**
 * Evaluates a network with these weights on every image of a set: `scores` of the result has the number of correct ones, accuracy and loss.
 *
 * `statistics` are those that the weights were trained with: `dataset.statistics`, or `Statistics.imagenet` for most published ones.
 *
 * **Ownership** it frees what it uploads.
 */
export const ofWeights = (options: {
  readonly network: Network
  readonly weights: Weights<HostTensor>
  readonly set: ImageSet
  readonly statistics: ChannelStatistics
}): Effect.Effect<Evaluated, BackendError | DatasetError, Backend> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { network, set, statistics, weights } = options
      const { kernels } = yield* Backend
      const { params, state } = yield* TensorScope.compute(() => ({
        params: upload(weights.params),
        state: upload(weights.state)
      }))
      const evaluateBatch = Evaluation.make(network, kernels)
      return yield* evaluate({ evaluateBatch, classes: network.classes, params, state, set, statistics })
    })
  )
