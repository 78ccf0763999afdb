import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Result } from "effect"
import { valueAndGradients } from "../../src/internal/Gradients.js"
import * as Apply from "../../src/model/Apply.js"
import * as Airbench from "../../src/model/families/Airbench.js"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as WideResNet from "../../src/model/families/WideResNet.js"
import type { Kernels } from "../../src/model/Kernels.js"
import type { Network } from "../../src/model/Network.js"
import type { HostTensor, Weights as NetworkWeights } from "../../src/model/Tensors.js"
import * as Weights from "../../src/model/weights/Weights.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { backends } from "../support/Backends.js"
import * as Bottleneck from "../support/Bottleneck.js"
import { assertClose } from "../support/Close.js"
import { context } from "../support/Context.js"
import * as Golden from "../support/Golden.js"
import * as Kinks from "../support/Kinks.js"

/**
 * Of each tensor's largest value. In the last block of `bottleneck` a gradient almost cancels out: 2e-5 off with TensorFlow, 1.3e-4 on wasm, which adds up
 * one number after the other.
 */
const toleranceOf = (backend: string, name: string): number =>
  backend === "wasm" && name === "bottleneck" ? 2e-4 : 1e-4

interface Case {
  readonly network: Network
  readonly weights: NetworkWeights<HostTensor>
  readonly golden: Golden.Golden
}

const logits = ({ golden, network, weights }: Case, kernels: Kernels, mode: "train" | "eval"): Float32Array => {
  const result = tf.tidy(() => {
    const state = Golden.upload(weights.state)
    const x = Golden.images(golden.x!)
    const [y, next] = Apply.apply(network)(Golden.upload(weights.params), state, x, context(kernels, mode))
    assert.strictEqual(next === state, mode === "eval")
    return y
  })
  const data = result.dataSync<"float32">()
  result.dispose()
  return data
}

/** Gradients of the mean cross entropy and the state after the step, by PyTorch's names and in its layouts. */
const step = ({ golden, network, weights }: Case, kernels: Kernels): Golden.Golden => {
  let changed: Golden.Golden = {}
  tf.tidy(() => {
    const apply = Apply.apply(network)
    const params = Golden.upload(weights.params)
    const state = Golden.upload(weights.state)
    const x = Golden.images(golden.x!)
    const labels = tf.oneHot(Golden.tensor(golden.labels!), network.classes)
    let after = weights.state
    const { gradients } = valueAndGradients((params) => {
      const [y, next] = apply(params, state, x, context(kernels, "train"))
      after = Golden.download(next)
      return { value: tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(y), labels), 1))), aux: {} }
    }, params)
    changed = Result.getOrThrow(Weights.toTorch(network, { params: Golden.download(gradients), state: after }))
  })
  return changed
}

const largest = (data: ArrayLike<number>): number => {
  let max = 0
  for (let i = 0; i < data.length; i++) {
    max = Math.max(max, Math.abs(data[i]!))
  }
  return max
}

const float = (tensors: Golden.Golden, name: string): Float32Array => {
  const tensor = tensors[name]
  return tensor?.dtype === "F32" ? tensor.data : assert.fail(`there is no float tensor ${name}`)
}

/** Error of the gradient of one parameter, in parts of what it is measured by. */
const errorOf = (golden: Golden.Golden, changed: Golden.Golden, name: string): number => {
  const expected = float(golden, `grad.${name}`)
  // A batch norm takes out what a bias before it adds. The gradient of such a bias is zero, and PyTorch's own value is rounding noise; the
  // measure is the gradient of the same convolution's kernel, which is made of the same terms.
  const hidden = "norm1.bias" in changed && /conv\d\.bias$/.test(name)
  const scale = hidden ? largest(float(golden, `grad.${name.replace(/bias$/, "weight")}`)) : largest(expected)
  return largest(float(changed, name).map((value, i) => value - expected[i]!)) / scale
}

describe.each([
  ["tensorflow", backends.tensorflow],
  ["tensorflow's own kernels", backends["tensorflow's own kernels"]],
  ["wasm", backends.wasm]
] as const)("equal to PyTorch on %s: logits, every gradient, running statistics", (backend, layer) => {
  it.effect.each([
    ["mnist-cnn", MnistCnn.make()],
    ["seed-resnet-n0", Seminar.resnet(0)],
    ["seed-resnet-n0-option-b", Seminar.make({ blocks: [1, 1, 1, 1], shortcut: "projection" })],
    ["bottleneck", Bottleneck.network],
    ["wrn-10-1", WideResNet.make({ blocks: 1, width: 1 })],
    ["airbench", Airbench.make({ name: "airbench", widths: [8, 12, 10] })],
    ["airbench-3", Airbench.make({ name: "airbench-3", widths: [8, 12, 10], convolutions: 3, decay: 0.9 })]
  ] as const)("%s", ([name, network]) =>
    Effect.gen(function* () {
      const tolerance = toleranceOf(backend, name)
      const { kernels } = yield* Backend
      const golden = yield* Golden.load(name)
      const weights = yield* Effect.fromResult(Weights.fromTorch(network, Golden.under(golden, "init.")))
      const reference: Case = { golden, network, weights }
      assertClose(logits(reference, kernels, "eval"), float(golden, "eval_logits"), tolerance)
      assertClose(logits(reference, kernels, "train"), float(golden, "train_logits"), tolerance)

      const gradients = Object.keys(Golden.under(golden, "grad."))
      const statistics = Object.keys(Golden.under(golden, "after1."))
      const wrongOf = (changed: Golden.Golden) =>
        gradients
          .map((name) => ({ name, error: errorOf(golden, changed, name) }))
          .filter(({ error }) => !(error <= tolerance))
      const changed = Kinks.nearest(
        kernels,
        (kernels) => step(reference, kernels),
        (changed) => wrongOf(changed).reduce((sum, { error }) => sum + error, 0)
      )
      assert.deepStrictEqual(Object.keys(changed).sort(), [...gradients, ...statistics].sort())
      assert.deepStrictEqual(wrongOf(changed), [])
      for (const name of statistics) {
        assertClose(float(changed, name), float(golden, `after1.${name}`), tolerance)
      }
    }).pipe(Effect.provide(layer))
  )
})
