import * as tf from "@tensorflow/tfjs-core"
import { Effect, type FileSystem, type Path, type Scope, Stream } from "effect"
import type { DatasetError } from "../../data/DatasetError.js"
import * as ImageSet from "../../data/ImageSet.js"
import * as Preprocessing from "../../data/Preprocessing.js"
import * as Apply from "../../model/Apply.js"
import type { Kinds } from "../../model/Kinds.js"
import * as Layout from "../../model/Layout.js"
import * as Network from "../../model/Network.js"
import type { PathError } from "../../model/PathError.js"
import type { ShapeError } from "../../model/ShapeError.js"
import type { WeightsError } from "../../model/weights/WeightsError.js"
import type { PartError, TensorLeakError } from "../../train/TrainError.js"
import * as Views from "../../train/Views.js"
import type { Backend } from "../backend/Backend.js"
import type { FileError } from "../files/Files.js"
import type { BackendError } from "../native/BackendError.js"
import type { CheckpointError } from "../run/CheckpointFormat.js"
import * as Evaluator from "../run/Evaluator.js"
import * as ResidentWeights from "../run/ResidentWeights.js"
import * as TrainedNetwork from "./TrainedNetwork.js"

/**
 * An image: the bytes of a PNG, JPEG or WebP file, or pixels `[height, width, channels]` from 0 to 255 of the size that the network takes.
 *
 * @category models
 */
export type Image = Uint8Array | { readonly pixels: ArrayLike<number> }

/**
 * A class or a label with its probability; `label` is its number.
 *
 * @category models
 */
export interface Ranked {
  readonly className: string
  readonly label: number
  readonly probability: number
}

/**
 * What a network says of an image.
 *
 * `top` are the most probable classes, the most probable first; of several labels each has its own probability; of values to predict it is empty. `outputs` is
 * what the network gives: a logit for each class or label, or the values.
 *
 * @category models
 */
export interface Prediction {
  readonly top: ReadonlyArray<Ranked>
  readonly outputs: Float32Array
}

/**
 * The errors of a prediction.
 *
 * @category errors
 */
export type PredictError = BackendError | DatasetError | PartError | TensorLeakError | WeightsError

/**
 * A trained network that looks at images, with weights that stay on the backend.
 *
 * @category models
 */
export interface Predictor {
  readonly predict: (image: Image) => Effect.Effect<Prediction, PredictError>
  readonly predictBatch: (images: ReadonlyArray<Image>) => Effect.Effect<ReadonlyArray<Prediction>, PredictError>
  /** Images that arrive in one chunk are computed in one batch, and their predictions leave in the same order. */
  readonly predictStream: <E, R>(images: Stream.Stream<Image, E, R>) => Stream.Stream<Prediction, E | PredictError, R>
  /**
   * What the part at `path` makes of each image, flattened: an embedding. By default it is the input of the last layer with parameters. Test-time views have no part in it.
   */
  readonly features: (
    images: ReadonlyArray<Image>,
    path?: string
  ) => Effect.Effect<ReadonlyArray<Float32Array>, PathError | PredictError>
}

/**
 * How predictions are made.
 *
 * @category models
 */
export interface Options {
  /** How many classes or labels a prediction ranks; 5 by default, and never more than there are. */
  readonly top?: number
  /** Test-time views, whose logits are averaged; `none` by default. */
  readonly views?: Views.Views
}

/** The pixels of an image, as the network takes them. */
const pixelsOf = (image: Image, preprocessing: Preprocessing.Preprocessing): Effect.Effect<Uint8Array, DatasetError> =>
  image instanceof Uint8Array
    ? Preprocessing.decode(image, preprocessing)
    : Effect.map(Effect.fromResult(ImageSet.make(preprocessing, image.pixels, [0])), ({ images }) => images)

/** The part whose output the last layer with parameters takes in. */
const beforeHead = (layout: Layout.Layout): string => {
  const leaves = Layout.leaves(layout)
  const head = leaves.findLastIndex(({ layer }) => layer.parameters.length > 0)
  return leaves[Math.max(0, head - 1)]?.path ?? ""
}

const softmax = (logits: Float32Array): ReadonlyArray<number> => {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const odds = Array.from(logits, (logit) => Math.exp(logit - largest))
  const sum = odds.reduce((a, b) => a + b, 0)
  return odds.map((odd) => odd / sum)
}

const sigmoid = (logits: Float32Array): ReadonlyArray<number> =>
  Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)))

const rank = (
  outputs: Float32Array,
  { classNames, task = "classes" }: Preprocessing.Preprocessing,
  top: number
): ReadonlyArray<Ranked> =>
  task === "values"
    ? []
    : (task === "classes" ? softmax : sigmoid)(outputs)
        .map((probability, label) => ({ className: classNames[label] ?? String(label), label, probability }))
        .sort((a, b) => b.probability - a.probability || a.label - b.label)
        .slice(0, top)

/**
 * A predictor of a network with its weights and preprocessing: those of a run (`TrainedNetwork.ofRun`), published ones (`Pretrained.load`), or others.
 *
 * **Errors** `ShapeError` when the network's layers do not fit together or it takes other images than the preprocessing makes, `WeightsError` when the weights
 * are not the network's. **Ownership** the weights on the backend belong to the scope.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Layers } from "effect-tensorflow/model"
 * import { Backend, Predictor } from "effect-tensorflow/services"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * // The logit of "bright" is the pixel, normalized to -1..1.
 * const greys = {
 *   network: { name: "greys", input: shape, classes: 2, body: Layers.chain(Layers.flatten, Layers.named("fc", Layers.linear(1, 2))) },
 *   weights: {
 *     params: {
 *       "fc.weight": { shape: [1, 2], data: Float32Array.of(0, 1) },
 *       "fc.bias": { shape: [2], data: new Float32Array(2) }
 *     },
 *     state: {}
 *   },
 *   preprocessing: { dataset: "greys", classNames: ["dark", "bright"], ...shape, mean: [0.5], deviation: [0.5] }
 * }
 *
 * const program = Effect.gen(function* () {
 *   const { predict } = yield* Predictor.fromWeights(greys)
 *   const { top } = yield* predict({ pixels: [255] })
 *   return top.map(({ className, probability }) => `${className} ${probability.toFixed(2)}`)
 * }).pipe(Effect.scoped, Effect.provide(Backend.layerCpu))
 *
 * await Effect.runPromise(program) // => ["bright 0.73", "dark 0.27"]
 * ```
 *
 * @category constructors
 */
export const fromWeights = (
  { network, preprocessing, weights }: TrainedNetwork.TrainedNetwork,
  { top = 5, views = "none" }: Options = {}
): Effect.Effect<Predictor, BackendError | ShapeError | WeightsError, Backend | Scope.Scope> =>
  Effect.gen(function* () {
    const classes = Math.min(preprocessing.classNames.length, network.classes)
    yield* Effect.fromResult(Network.checkData(network, { shape: preprocessing, classes }))
    const { kernels, params, state } = yield* ResidentWeights.upload(network, weights)
    const forward = Apply.apply(network)
    const batchSize = Evaluator.batchSizeFor(preprocessing)

    /** The rows of a function's result for images; other fibers run between batches. */
    const rows = Effect.fnUntraced(function* (
      images: ReadonlyArray<Image>,
      compute: (images: tf.Tensor4D) => tf.Tensor
    ) {
      const all: Array<Float32Array> = []
      for (let start = 0; start < images.length; start += batchSize) {
        const part = images.slice(start, start + batchSize)
        const pixels = yield* Effect.forEach(part, (image) => pixelsOf(image, preprocessing), { concurrency: 8 })
        const batch = { shape: preprocessing, count: part.length, images: concat(pixels) }
        const values = yield* Evaluator.withImages(batch, preprocessing, kernels, (x) => {
          const result = tf.tidy(() => compute(x))
          const data = Float32Array.from(result.dataSync())
          result.dispose()
          return data
        })
        const size = values.length / part.length
        for (let i = 0; i < part.length; i++) all.push(values.slice(i * size, (i + 1) * size))
        yield* Effect.yieldNow
      }
      return all
    })

    const predictBatch = (images: ReadonlyArray<Image>) =>
      rows(images, (x) =>
        Views.average(views, x, (view) => forward(params, state, view, { kernels, mode: "eval" })[0])
      ).pipe(
        Effect.map((all) => all.map((outputs) => ({ top: rank(outputs, preprocessing, top), outputs }))),
        Effect.withSpan("Predictor.predictBatch", { attributes: { network: network.name, images: images.length } })
      )

    return {
      predict: (image) => Effect.map(predictBatch([image]), ([prediction]) => prediction!),
      predictBatch,
      predictStream: (images) => images.pipe(Stream.chunks, Stream.mapEffect(predictBatch), Stream.flattenIterable),
      features: (images, path = beforeHead(Layout.make(network))) =>
        Effect.flatMap(Effect.fromResult(Apply.features(network, path)), (compute) =>
          rows(images, (x) => compute(params, state, x, kernels))
        )
    }
  })

const concat = (images: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(images.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const image of images) {
    all.set(image, at)
    at += image.length
  }
  return all
}

/**
 * A predictor of the run in a directory, with the preprocessing of its training. `kinds` are needed if its network has custom layers.
 *
 * **Errors** as of `TrainedNetwork.ofRun` and `fromWeights`. **Ownership** the weights on the backend belong to the scope.
 *
 * @category constructors
 */
export const fromRun = (
  directory: string,
  { kinds, ...options }: Options & { readonly kinds?: Kinds } = {}
): Effect.Effect<
  Predictor,
  BackendError | CheckpointError | FileError | ShapeError | WeightsError,
  Backend | FileSystem.FileSystem | Path.Path | Scope.Scope
> =>
  Effect.flatMap(TrainedNetwork.ofRun(directory, kinds === undefined ? {} : { kinds }), (trained) =>
    fromWeights(trained, options)
  )
