import { describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { reference } from "../../../src/model/ReferenceKernels.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as Loss from "../../../src/train/Loss.js"
import { assertClose } from "../../support/Close.js"
import { assertEqualsReference, noise } from "../../support/Evaluate.js"
import * as Golden from "../../support/Golden.js"
import { assertNoLeak } from "../../support/NoLeak.js"

describe.each([
  ["tensorflow", Backend.layerTensorFlow()],
  ["tensorflow's own kernels", Backend.layerTensorFlow({ kernels: "tensorflow" })],
  ["wasm", Backend.layerWasm]
] as const)("the kernels on %s equal the reference ones: outputs and gradients", (_, layer) => {
  it.effect.each([
    [8, 3, 2, 2, 0],
    [9, 16, 2, 2, 0],
    [9, 5, 3, 2, 1],
    [7, 20, 3, 1, 1],
    [7, 4, 2, 3, 0],
    [6, 4, 1, 2, 0]
  ])(
    "max pooling of size %i, %i channels, window %i, stride %i, padding %i",
    ([size, channels, window, stride, padding]) =>
      assertEqualsReference(
        layer,
        (kernels, [x]) => [kernels.maxPool(x as tf.Tensor4D, { size: window!, stride: stride!, padding: padding! })],
        [noise("x", 3, size!, size!, channels!)],
        1
      )
  )

  describe.each([undefined, "relu", "gelu"] as const)("a bias with the activation %s", (activation) => {
    it.effect.each([[[4, 6, 5, 3]], [[4, 5, 5, 32]], [[7, 10]], [[1, 1]]])("of %j", ([shape]) =>
      assertEqualsReference(
        layer,
        (kernels, [x, bias]) => [kernels.addBias(x!, bias as tf.Tensor1D, { activation })],
        [noise("x", ...shape!), noise("bias", shape!.at(-1)!)],
        2
      )
    )

    it.effect("and a residual before it", () =>
      assertEqualsReference(
        layer,
        (kernels, [x, bias, residual]) => [kernels.addBias(x!, bias as tf.Tensor1D, { activation, residual })],
        [noise("x", 3, 4, 4, 6), noise("bias", 6), noise("residual", 3, 4, 4, 6)],
        3
      )
    )
  })
})

describe("the cross entropy of TensorFlow", () => {
  it.effect.each([
    [0, 10],
    [0.1, 10],
    [0, 2],
    [0.2, 3]
  ])("with label smoothing %f over %i classes is tfjs's: value and gradient", ([labelSmoothing, classes]) =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      tf.tidy(() => {
        const loss = Loss.crossEntropy({ labelSmoothing: labelSmoothing! })
        const logits = tf.mul<tf.Tensor2D>(Golden.upload({ x: noise("logits", 7, classes!) }).x!, 20)
        // Of mixed images.
        const targets = tf.softmax(Golden.upload({ x: noise("targets", 7, classes!) }).x as tf.Tensor2D)
        const [actual, expected] = [kernels, reference].map((kernels) => {
          const { grad, value } = tf.valueAndGrad((x: tf.Tensor) =>
            tf.mul(loss.mean(x as tf.Tensor2D, targets, kernels), 3)
          )(logits)
          return [...value.dataSync(), ...grad.dataSync()]
        })
        assertClose(actual!, expected!, 1e-5)
      })
    }).pipe(assertNoLeak, Effect.provide(Backend.layerTensorFlow()))
  )
})
