import { assert, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as TensorFlow from "../../../src/services/backend/tensorflow/TensorFlow.js"
import * as TensorFlowKernels from "../../../src/services/backend/tensorflow/TensorFlowKernels.js"

it.effect("the gradient of a convolution's input is computed only where something asks for it", () =>
  Effect.gen(function* () {
    const addon = yield* TensorFlow.load()
    const operations: Array<string> = []
    const kernels = TensorFlowKernels.make({
      ...addon,
      execute: (operation, ...rest) => {
        operations.push(operation)
        return addon.execute(operation, ...rest)
      }
    })
    const before = tf.memory().numTensors
    tf.tidy(() => {
      const images = tf.ones<tf.Rank.R4>([2, 8, 8, 3])
      const filters = [tf.ones<tf.Rank.R4>([3, 3, 3, 4]), tf.ones<tf.Rank.R4>([3, 3, 4, 4])]
      const loss = (...filters: Array<tf.Tensor>) =>
        tf.sum(
          filters.reduce(
            (x: tf.Tensor4D, filter) =>
              kernels.relu(kernels.conv2d(x, filter as tf.Tensor4D, { stride: 2, padding: 1 })),
            images
          )
        )
      tf.grads(loss)(filters)
    })
    assert.strictEqual(tf.memory().numTensors, before)
    const count = (name: string) => operations.filter((operation) => operation === name).length
    assert.strictEqual(count("Conv2D"), 2)
    assert.strictEqual(count("Conv2DBackpropFilter"), 2)
    assert.strictEqual(count("Conv2DBackpropInput"), 1)
    assert.strictEqual(count("ReluGrad"), 2)
  })
)
