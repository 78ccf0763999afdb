import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { valueAndGradients } from "../../src/internal/Gradients.js"
import * as Apply from "../../src/model/Apply.js"
import * as Airbench from "../../src/model/families/Airbench.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as Network from "../../src/model/Network.js"
import type { HostTensors } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { context } from "../support/Context.js"
import { noise } from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"

const digest = (tensors: HostTensors): string => {
  const hash = createHash("sha256")
  for (const name of Object.keys(tensors).sort()) {
    const { data } = tensors[name]!
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest("hex")
}

/** Logits in both modes, new state and gradients, from weights none of which is zero. */
const compute = (network: Network.Network) =>
  Effect.map(Backend, ({ kernels }) => {
    const weights: Record<"param" | "state", Record<string, tf.Tensor>> = { param: {}, state: {} }
    let results: HostTensors = {}
    tf.tidy(() => {
      for (const { name, path, role, shape } of Network.parameters(network)) {
        const value = tf.mul(tf.tensor(noise(path, ...shape).data, [...shape]), 0.3)
        weights[role][path] = name === "running_var" ? tf.add(tf.abs(value), 0.5) : value
      }
      const { channels, height, width } = network.input
      const x = tf.tensor4d(noise("x", 4, height, width, channels).data, [4, height, width, channels])
      const apply = Apply.apply(network)
      const [logits] = apply(weights.param, weights.state, x, context(kernels, "eval"))
      const { gradients } = valueAndGradients((params) => {
        const [y, next] = apply(params, weights.state, x, context(kernels, "train"))
        results = Golden.download({ ...next, logits, y })
        return { value: tf.sum(tf.mul(y, tf.tensor(noise("dy", ...y.shape).data, y.shape))), aux: {} }
      }, weights.param)
      const byName = Object.entries(gradients).map(([name, gradient]) => [`gradient of ${name}`, gradient])
      results = { ...results, ...Golden.download(Object.fromEntries(byName)) }
    })
    return digest(results)
  })

const task = { input: { height: 16, width: 16, channels: 3 }, classes: 3 }

// Threads share the work in the same way each time.
describe("logits, gradients and running statistics have the same bits every time", () => {
  it.effect.each([
    Seminar.make({ blocks: [1, 1] }, task),
    Airbench.make({ name: "small", widths: [16, 40, 64] }, task)
  ])("$name", (network) =>
    Effect.gen(function* () {
      const first = yield* compute(network)
      for (let time = 0; time < 5; time++) assert.strictEqual(yield* compute(network), first)
    }).pipe(Effect.provide(Backend.layerTensorFlow()))
  )
})

// In plain JavaScript, whose bits depend neither on the processor nor on a library.
describe("logits, gradients and running statistics keep their bits", () => {
  it.effect.each([
    [
      "a residual network with biases before its batch norms",
      Seminar.make({ blocks: [1, 1] }, task),
      "09889008d0f9745913f8e3485f00ec53c024900016a0b4ba60c05df0f514cdff"
    ],
    [
      "an airbench network",
      Airbench.make({ name: "small", widths: [4, 6, 5] }, task),
      "5f9e275ec7fb08010ca6f8c9e3f3c669b2f07ce3a5e5e77f78ca20c7bc06ea05"
    ]
  ] as const)(
    "%s",
    ([, network, expected]) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* compute(network), expected)
      }).pipe(Effect.provide(Backend.layerCpu)),
    120_000
  )
})
