/** Checks 1x1 convolutions with a stride, given to TensorFlow as they are: oneDNN writes past its memory there on processors without AVX-512. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import type { Window } from "../../src/model/Kernels.js"
import { Backend } from "../../src/services/backend/Backend.js"
import type { Attribute } from "../../src/services/backend/tensorflow/Addon.js"
import * as TensorFlow from "../../src/services/backend/tensorflow/TensorFlow.js"
import * as Cases from "../../src/services/doctor/kernels/Cases.js"
import { convolution } from "../../src/services/doctor/kernels/ConvolutionCases.js"

const cases = [1, 3, 4, 7].flatMap((inputs) =>
  [8, 16, 33].map((outputs) => convolution({ images: [2, 16, 16], window: 1, stride: 2, padding: 0, inputs, outputs }))
)

Effect.gen(function* () {
  const { execute } = yield* TensorFlow.load()
  const { kernels, report } = yield* Backend
  const conv2d = (x: tf.Tensor4D, filter: tf.Tensor4D, { stride }: Window): tf.Tensor4D => {
    const attributes: ReadonlyArray<Attribute> = [
      ["T", "float32"],
      ["strides", "int", [1, stride, stride, 1]],
      ["padding", "string", "VALID"],
      ["data_format", "string", "NHWC"],
      ["use_cudnn_on_gpu", "bool", true],
      ["dilations", "int", [1, 1, 1, 1]]
    ]
    const run = (name: string, ...inputs: ReadonlyArray<tf.Tensor>) => execute(name, attributes, inputs, 1)[0]!
    return tf.customGrad((x, filter) => ({
      value: run("Conv2D", x as tf.Tensor, filter as tf.Tensor),
      gradFunc: (dy) => [
        run("Conv2DBackpropInput", tf.tensor1d((x as tf.Tensor).shape, "int32"), filter as tf.Tensor, dy as tf.Tensor),
        run("Conv2DBackpropFilter", x as tf.Tensor, tf.tensor1d((filter as tf.Tensor).shape, "int32"), dy as tf.Tensor)
      ]
    }))(x, filter) as tf.Tensor4D
  }
  yield* Cases.print(cases, { ...kernels, conv2d }, report)
}).pipe(Effect.provide(Backend.layerTensorFlow()), NodeRuntime.runMain)
