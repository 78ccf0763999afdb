import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Loss from "../../src/train/Loss.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"
import type { Row } from "./Row.js"

const Vector = Schema.Array(Schema.Number)
const Matrix = Schema.Array(Vector)
const File = Schema.fromJsonString(
  Schema.Struct({
    logits: Matrix,
    classWeights: Vector,
    positiveWeights: Vector,
    balanced: Schema.Struct({ labels: Vector, weights: Vector }),
    cases: Schema.Record(Schema.String, Schema.Struct({ targets: Matrix, value: Schema.Number, gradient: Matrix }))
  })
)

const golden = Effect.flatMap(Golden.bytes("losses.json"), (bytes) =>
  Schema.decodeUnknownEffect(File)(new TextDecoder().decode(bytes))
).pipe(Effect.orDie)

const matrix = (rows: ReadonlyArray<ReadonlyArray<number>>): tf.Tensor2D => tf.tensor2d(rows.map((row) => [...row]))

/** The value and the gradient of a loss are those of the file; `scale` times them for a loss that differs by a factor. */
const check = (
  name: string,
  lossOf: (file: typeof File.Type) => Loss.Loss,
  { scale = 1, on = backends.tensorflow }: { readonly scale?: number; readonly on?: typeof backends.tensorflow } = {}
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    const file = yield* golden
    const expected = file.cases[name] ?? assert.fail(`no case ${name}`)
    tf.tidy(() => {
      const targets = matrix(expected.targets)
      const loss = lossOf(file)
      const { grad, value } = tf.valueAndGrad((outputs: tf.Tensor) =>
        loss.mean(outputs.as2D(targets.shape[0], targets.shape[1]), targets, kernels)
      )(matrix(file.logits))
      assertClose(value.dataSync(), [scale * expected.value], 1e-5)
      assertClose(
        grad.dataSync(),
        expected.gradient.flat().map((number) => scale * number),
        1e-5
      )
    })
  }).pipe(assertNoLeak, Effect.provide(on), Effect.orDie)

const torch = "torch 2.15.0, torch.nn."
const vision = "torchvision 0.29.2, torchvision.ops."
const reference = "value and gradient of 7 rows of 5 outputs, one of them saturated"

const row = (name: string, source: string, body: Effect.Effect<void>): Row => ({
  name,
  source,
  reference,
  tolerance: "1e-5",
  check: body
})

export const rows: ReadonlyArray<Row> = [
  row(
    "cross entropy",
    `${torch}CrossEntropyLoss`,
    check("cross entropy", () => Loss.crossEntropy())
  ),
  row(
    "cross entropy, labelSmoothing 0.1",
    `${torch}CrossEntropyLoss(label_smoothing=0.1)`,
    check("smoothing", () => Loss.crossEntropy({ labelSmoothing: 0.1 }))
  ),
  row(
    "cross entropy, classWeights",
    `${torch}CrossEntropyLoss(weight)`,
    check("weights", ({ classWeights }) => Loss.crossEntropy({ classWeights }))
  ),
  row(
    "cross entropy, classWeights, labelSmoothing 0.1",
    `${torch}CrossEntropyLoss(weight, label_smoothing=0.1)`,
    check("weights and smoothing", ({ classWeights }) => Loss.crossEntropy({ classWeights, labelSmoothing: 0.1 }))
  ),
  row(
    "cross entropy of mixed targets",
    `${torch}CrossEntropyLoss, targets as probabilities`,
    check("soft", () => Loss.crossEntropy())
  ),
  row(
    "cross entropy of mixed targets, labelSmoothing 0.2",
    `${torch}CrossEntropyLoss(label_smoothing=0.2), targets as probabilities`,
    check("soft and smoothing", () => Loss.crossEntropy({ labelSmoothing: 0.2 }))
  ),
  row(
    "cross entropy of mixed targets, classWeights",
    `${torch}CrossEntropyLoss(weight), targets as probabilities, divided by the weights of the targets`,
    check("soft and weights", ({ classWeights }) => Loss.crossEntropy({ classWeights }))
  ),
  row(
    "focal",
    "torch 2.15.0, the formula of Lin et al., eq. 4",
    check("focal", () => Loss.focal())
  ),
  row(
    "focal, gamma 1.5, classWeights",
    "torch 2.15.0, the formula of Lin et al., eq. 4, weighted mean",
    check("focal, gamma 1.5, weights", ({ classWeights }) => Loss.focal({ gamma: 1.5, classWeights }))
  ),
  row(
    "binary cross entropy",
    `${torch}BCEWithLogitsLoss`,
    check("binary", () => Loss.binaryCrossEntropy())
  ),
  row(
    "binary cross entropy of mixed targets",
    `${torch}BCEWithLogitsLoss`,
    check("binary, soft", () => Loss.binaryCrossEntropy())
  ),
  row(
    "binary cross entropy, positiveWeights",
    `${torch}BCEWithLogitsLoss(pos_weight)`,
    check("binary, weights", ({ positiveWeights }) => Loss.binaryCrossEntropy({ positiveWeights }))
  ),
  row(
    "binary focal",
    `${vision}sigmoid_focal_loss`,
    check("binary focal", () => Loss.binaryFocal())
  ),
  row(
    "binary focal, gamma 1, alpha null",
    `${vision}sigmoid_focal_loss(alpha=-1, gamma=1)`,
    check("binary focal, no alpha", () => Loss.binaryFocal({ gamma: 1, alpha: null }))
  ),
  row(
    "binary focal of mixed targets, gamma 2.5, alpha 0.6",
    `${vision}sigmoid_focal_loss(alpha=0.6, gamma=2.5)`,
    check("binary focal, soft", () => Loss.binaryFocal({ gamma: 2.5, alpha: 0.6 }))
  ),
  row(
    "mean squared",
    `${torch}MSELoss`,
    check("mean squared", () => Loss.meanSquared())
  ),
  row(
    "huber",
    `${torch}HuberLoss`,
    check("huber", () => Loss.huber())
  ),
  row(
    "huber, delta 2.5",
    `${torch}HuberLoss(delta=2.5)`,
    check("huber, delta 2.5", () => Loss.huber({ delta: 2.5 }))
  ),
  row(
    "huber, delta 0.5, on wasm",
    `${torch}SmoothL1Loss(beta=0.5), half of it`,
    check("smooth L1, beta 0.5", () => Loss.huber({ delta: 0.5 }), { scale: 0.5, on: backends.wasm })
  ),
  row(
    "binary focal, on wasm",
    `${vision}sigmoid_focal_loss`,
    check("binary focal", () => Loss.binaryFocal(), { on: backends.wasm })
  ),
  {
    name: "balanced class weights",
    source: 'scikit-learn 1.9.1, sklearn.utils.class_weight.compute_class_weight("balanced")',
    reference: "0.583, 2.333, 1.167 of 4, 1, 2 images",
    tolerance: "1e-12",
    check: Effect.gen(function* () {
      const { balanced } = yield* golden
      const weights = Loss.balancedWeights({ labels: Int32Array.from(balanced.labels) }, 3)
      assertClose(Float64Array.from(weights), Float64Array.from(balanced.weights), 1e-12)
    })
  }
]
