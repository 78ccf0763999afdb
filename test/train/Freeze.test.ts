import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { batchNorm, chain, conv, globalAvgPool, identity, linear, named, relu } from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import * as Network from "../../src/model/Network.js"
import type { HostTensor } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Loss from "../../src/train/Loss.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Step from "../../src/train/Step.js"
import * as TrainState from "../../src/train/TrainState.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Evaluate from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"
import { oneHot } from "../support/OneHot.js"

const networkOf = (between: ReadonlyArray<Module>): Network.Network => ({
  name: "test",
  input: { height: 6, width: 6, channels: 2 },
  classes: 3,
  body: chain(
    named("conv1", conv(2, 4)),
    ...between,
    named("bn1", batchNorm(4)),
    named("relu", relu),
    named("conv2", conv(4, 4)),
    named("bn2", batchNorm(4)),
    named("pool", globalAvgPool),
    named("linear", linear(4, 3))
  )
})

/** `conv1` leaves its bias to the batch norm. */
const network = networkOf([])
/** The same function, in which it cannot. */
const apart = networkOf([named("between", identity)])

/** Every parameter at random, so that no bias hides by being zero. */
const weights = () => {
  const all = Network.parameters(network).map(({ path, role, shape }) => {
    const { data } = Evaluate.noise(path, ...shape)
    const tensor: HostTensor = { shape, data: /var$/.test(path) ? data.map((x) => 0.5 + Math.abs(x)) : data }
    return [path, role, tensor] as const
  })
  const of = (wanted: "param" | "state") =>
    Object.fromEntries(all.flatMap(([path, role, tensor]) => (role === wanted ? [[path, tensor] as const] : [])))
  return { params: of("param"), state: of("state") }
}

const images = () => Golden.upload({ x: Evaluate.noise("x", 5, 6, 6, 2) }).x as tf.Tensor4D

/** Three steps; all that the last one leaves. */
const train = (network: Network.Network, frozen: (path: string) => boolean) =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    const optimizer = Optimizer.sgd({ momentum: 0.9, weightDecay: 0.01 })
    const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer, seed: 0, frozen })
    const { params, state } = weights()
    let train = TrainState.start({ params: Golden.upload(params), state: Golden.upload(state) }, { optimizer, frozen })
    const [x, targets] = [images(), oneHot([0, 1, 2, 1, 0], 3)]
    for (let i = 0; i < 3; i++) {
      const { next } = step(train, x, targets, 0.1)
      TrainState.dispose(train)
      train = next
    }
    const after = TrainState.download(train)
    TrainState.dispose(train)
    tf.dispose([x, targets])
    return { ...TrainState.weights(after), slots: after.groups["optimizer/1/trace"] ?? {} }
  }).pipe(assertNoLeak)

describe.each([
  ["tensorflow", backends.tensorflow],
  ["wasm", backends.wasm]
] as const)(
  "a step on %s with frozen parameters equals one of the reference, whether the convolution or its batch norm adds the bias",
  (_, layer) => {
    it.effect.each([
      ["nothing", /^$/],
      ["a convolution", /^conv1\./],
      ["the batch norm after it", /^bn1\./],
      ["both", /^(conv1|bn1)\./],
      ["the bias alone", /^conv1\.bias/],
      ["the kernel alone", /^conv1\.weight/],
      ["half of a batch norm", /^bn1\.weight/],
      ["all but the head", /^(?!linear)/]
    ] as const)("%s", ([, pattern]) =>
      Effect.gen(function* () {
        const frozen = (path: string) => pattern.test(path)
        const actual = yield* Effect.provide(train(network, frozen), layer)
        const expected = yield* Effect.provide(train(apart, frozen), backends.cpu)
        const before = weights()
        for (const [path, { data }] of Object.entries(expected.params)) {
          assertClose(actual.params[path]!.data, data, 1e-4)
          assert.strictEqual(
            String(actual.params[path]!.data) === String(before.params[path]!.data),
            frozen(path),
            path
          )
        }
        for (const [path, { data }] of Object.entries(expected.state)) {
          assertClose(actual.state[path]!.data, data, 1e-4)
          const owner = path.replace(/running.*/, "")
          const still = frozen(`${owner}weight`) && frozen(`${owner}bias`)
          assert.strictEqual(String(actual.state[path]!.data) === String(before.state[path]!.data), still, path)
        }
        assert.deepStrictEqual(
          Object.keys(actual.slots).sort(),
          Object.keys(before.params)
            .filter((path) => !frozen(path))
            .sort()
        )
      })
    )
  }
)

describe("what is frozen", () => {
  it.effect.each([
    ["nothing", /^$/, 2],
    ["the first convolution", /^conv1\./, 1],
    ["all but the head", /^(?!linear)/, 0]
  ] as const)("has no gradient that is computed: %s", ([, pattern, filters]) =>
    Effect.gen(function* () {
      const profile = yield* Effect.flatMap(Backend, ({ kernels }) =>
        Effect.promise(() =>
          tf.profile(() => {
            const options = { optimizer: Optimizer.sgd(), frozen: (path: string) => pattern.test(path) }
            const { params, state } = weights()
            const train = TrainState.start({ params: Golden.upload(params), state: Golden.upload(state) }, options)
            const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), seed: 0, ...options })
            const [x, targets] = [images(), oneHot([0, 1, 2, 1, 0], 3)]
            const { next } = step(train, x, targets, 0.1)
            TrainState.dispose(train)
            TrainState.dispose(next)
            tf.dispose([x, targets])
            return []
          })
        )
      )
      const count = (name: string) => profile.kernels.filter((kernel) => kernel.name === name).length
      assert.strictEqual(count("Conv2DBackpropFilter"), filters)
    }).pipe(assertNoLeak, Effect.provide(backends.cpu))
  )
})
