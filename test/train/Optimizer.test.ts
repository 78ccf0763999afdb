import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import * as Airbench from "../../src/model/families/Airbench.js"
import * as Network from "../../src/model/Network.js"
import type { Tensors } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as TrainState from "../../src/train/TrainState.js"
import { type Slots, type Transform, TransformSpec } from "../../src/train/Transform.js"
import { advance } from "../../src/train/transforms/Joined.js"
import { optimizers } from "../contract/optimizers.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Evaluate from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"
import { takesSteps } from "../support/OptimizerRuns.js"

const { atRate, chain, decayedWeights, partition, scaleByLearningRate, sgd, trace } = Optimizer

const isBias = (path: string) => path.endsWith("bias")

interface Case {
  readonly name: string
  readonly optimizer: Transform
  /** A weight of 2 after the gradient 0.5 at rate 0.1, and after the gradient -1 at rate 0.2. */
  readonly weight: readonly [number, number]
  /** The same of a bias, where it is updated otherwise. */
  readonly bias?: readonly [number, number]
  /** The groups of slots, and of which parameters they are. */
  readonly slots: Readonly<Record<string, "all" | "biases" | "weights">>
  /** Of a quadratic at 1 whose curvature is 1, moved by the decay of weights. */
  readonly minimum?: number
}

const cases: ReadonlyArray<Case> = [
  { name: "sgd", optimizer: sgd(), weight: [1.95, 2.15], slots: {} },
  { name: "momentum", optimizer: sgd({ momentum: 0.9 }), weight: [1.95, 2.06], slots: { "1/trace": "all" } },
  {
    name: "nesterov",
    optimizer: sgd({ momentum: 0.9, nesterov: true }),
    weight: [1.905, 2.204],
    slots: { "1/trace": "all" }
  },
  { name: "decay", optimizer: sgd({ weightDecay: 0.1 }), weight: [1.93, 2.0914], slots: {}, minimum: 1 / 1.1 },
  {
    name: "momentum and decay",
    optimizer: sgd({ momentum: 0.9, weightDecay: 0.1 }),
    weight: [1.93, 1.9654],
    slots: { "1/trace": "all" },
    minimum: 1 / 1.1
  },
  {
    name: "nesterov and decay",
    optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
    weight: [1.867, 2.062654],
    slots: { "1/trace": "all" },
    minimum: 1 / 1.1
  },
  {
    name: "the rate after the momentum",
    optimizer: chain(trace({ momentum: 0.9 }), scaleByLearningRate),
    weight: [1.95, 2.06],
    slots: { "0/trace": "all" }
  },
  {
    name: "the rate within the momentum",
    optimizer: chain(scaleByLearningRate, trace({ momentum: 0.9 })),
    weight: [1.95, 2.105],
    slots: { "1/trace": "all" }
  },
  {
    name: "a chain within a chain",
    optimizer: chain(decayedWeights(0.1), chain(trace({ momentum: 0.9 }), scaleByLearningRate)),
    weight: [1.93, 1.9654],
    slots: { "1/0/trace": "all" },
    minimum: 1 / 1.1
  },
  {
    name: "another rate",
    optimizer: atRate(2, sgd({ momentum: 0.9 })),
    weight: [1.9, 2.12],
    slots: { "1/trace": "all" }
  },
  {
    name: "a partition: no decay and twice the rate for biases",
    optimizer: partition((path) => (isBias(path) ? "biases" : "weights"), {
      biases: atRate(2, sgd({ momentum: 0.9 })),
      weights: sgd({ momentum: 0.9, weightDecay: 0.1 })
    }),
    weight: [1.93, 1.9654],
    bias: [1.9, 2.12],
    slots: { "biases/1/trace": "biases", "weights/1/trace": "weights" },
    minimum: 1 / 1.1
  },
  {
    name: "a chain of a partition: the decay of weights alone",
    optimizer: chain(
      partition((path) => (isBias(path) ? "biases" : "weights"), { biases: chain(), weights: decayedWeights(0.1) }),
      trace({ momentum: 0.9 }),
      scaleByLearningRate
    ),
    weight: [1.93, 1.9654],
    bias: [1.95, 2.06],
    slots: { "1/trace": "all" },
    minimum: 1 / 1.1
  }
]

const step = (optimizer: Transform, params: Tensors, slots: Slots, gradients: Tensors, learningRate: number) =>
  advance(optimizer, gradients, slots, { params, step: 0, learningRate })

/** Many small tensors, several of each kind that is joined, and one of no dimension. */
const shapes: Readonly<Record<string, ReadonlyArray<number>>> = {
  "conv1.weight": [3, 3, 2, 4],
  "conv2.weight": [3, 3, 2, 4],
  "conv3.weight": [1, 3, 2, 4],
  "conv4.weight": [3, 3, 4, 4],
  "bn1.weight": [4],
  "bn1.bias": [4],
  "bn2.weight": [7],
  "bn2.bias": [7],
  "scale.weight": [],
  "scale.bias": [],
  "linear.weight": [5, 3],
  "linear.bias": [3]
}

const random = (name: string): Tensors =>
  Golden.upload(
    Object.fromEntries(
      Object.entries(shapes).map(([path, shape]) => [path, Evaluate.noise(`${name} ${path}`, ...shape)])
    )
  )

const bits = (tensors: Tensors) =>
  Object.fromEntries(Object.entries(tensors).map(([path, tensor]) => [path, Array.from(tensor.dataSync())]))

describe.each(cases)("$name", ({ bias, minimum = 1, name, optimizer, slots: expectedSlots, weight }) => {
  const expectedPaths = (members: "all" | "biases" | "weights") =>
    Object.keys(shapes)
      .filter((path) => members === "all" || isBias(path) === (members === "biases"))
      .sort()

  it.effect("takes the steps that are computed by hand", () =>
    Effect.gen(function* () {
      yield* Effect.void
      tf.tidy(() => {
        let params: Tensors = { weight: tf.tensor1d([2]), bias: tf.tensor1d([2]) }
        let slots = optimizer.init(params)
        const steps = [
          [0.5, 0.1],
          [-1, 0.2]
        ] as const
        for (const [i, [gradient, rate]] of steps.entries()) {
          const gradients = { weight: tf.tensor1d([gradient]), bias: tf.tensor1d([gradient]) }
          ;({ params, slots } = step(optimizer, params, slots, gradients, rate))
          assertClose(params.weight!.dataSync(), [weight[i]!], 1e-6)
          assertClose(params.bias!.dataSync(), [(bias ?? weight)[i]!], 1e-6)
        }
      })
    }).pipe(assertNoLeak, Effect.provide(backends.cpu))
  )

  it.effect("converges on a quadratic", () =>
    Effect.gen(function* () {
      yield* Effect.void
      tf.tidy(() => {
        let params: Tensors = { weight: tf.tensor1d([2, -3]), bias: tf.tensor1d([2, -3]) }
        let slots = optimizer.init(params)
        for (let i = 0; i < 300; i++) {
          const gradients = { weight: tf.sub(params.weight!, 1), bias: tf.sub(params.bias!, 1) }
          ;({ params, slots } = step(optimizer, params, slots, gradients, 0.1))
        }
        assertClose(params.weight!.dataSync(), [minimum, minimum], 1e-5)
        const ofBias = bias === undefined ? minimum : 1
        assertClose(params.bias!.dataSync(), [ofBias, ofBias], 1e-5)
      })
    }).pipe(assertNoLeak, Effect.provide(backends.cpu))
  )

  it.effect.each(Object.entries(backends))(
    "on %s, tensors that are updated together get the bits that each gets alone, and slots keep paths and shapes",
    ([, layer]) =>
      Effect.gen(function* () {
        yield* Effect.void
        tf.tidy(() => {
          let params = random("params")
          let slots = optimizer.init(params)
          const alone = new Map(
            Object.entries(params).map(([path, value]) => [path, { value, slots: optimizer.init({ [path]: value }) }])
          )
          for (const i of [0, 1, 2]) {
            const gradients = random(`gradients ${i}`)
            const at = { step: i, learningRate: 0.1 / (i + 1) }
            const next = advance(optimizer, gradients, slots, { ...at, params })
            params = next.params
            slots = next.slots
            for (const [path, { slots: before, value }] of alone) {
              const [updates, after] = optimizer.update({ [path]: gradients[path]! }, before, {
                ...at,
                params: { [path]: value }
              })
              alone.set(path, { value: tf.add(value, updates[path]!), slots: after })
            }
          }
          const values = Object.fromEntries([...alone].map(([path, { value }]) => [path, value]))
          assert.deepStrictEqual(bits(params), bits(values))
          assert.deepStrictEqual(Object.keys(slots).sort(), Object.keys(expectedSlots).sort())
          for (const [group, tensors] of Object.entries(slots)) {
            assert.deepStrictEqual(Object.keys(tensors).sort(), expectedPaths(expectedSlots[group]!), group)
            for (const [path, tensor] of Object.entries(tensors)) {
              assert.deepStrictEqual(tensor.shape, shapes[path], path)
              assert.deepStrictEqual(bits({ tensor }), bits({ tensor: alone.get(path)!.slots[group]![path]! }), path)
            }
          }
        })
      }).pipe(assertNoLeak, Effect.provide(layer))
  )

  it.effect("goes on from a checkpoint with the same bits, and keeps nothing but the state", () =>
    Effect.gen(function* () {
      yield* Effect.void
      const next = (train: TrainState.TrainState, name: string) =>
        tf.tidy(() => {
          const { params } = TrainState.weights(train)
          const at = { params, step: train.step, learningRate: 0.1 }
          const updated = advance(optimizer, random(name), TrainState.slots(train), at)
          return { ...TrainState.make(train.step + 1, { params: updated.params, state: {} }, updated.slots) }
        })
      const before = tf.memory().numTensors
      const start = TrainState.start({ params: random("params"), state: {} }, { optimizer })
      const first = next(start, "a")
      const kept = Object.values(expectedSlots).reduce((sum, group) => sum + expectedPaths(group).length, 0)
      assert.strictEqual(tf.memory().numTensors - before, 2 * (Object.keys(shapes).length + kept))

      const checkpoint = TrainState.download(first)
      const restored = TrainState.upload(checkpoint)
      assert.deepStrictEqual(TrainState.download(restored), checkpoint)
      const [going, resumed] = [next(first, "b"), next(restored, "b")]
      assert.strictEqual(resumed.step, 2)
      assert.deepStrictEqual(TrainState.download(resumed), TrainState.download(going))
      for (const state of [start, first, restored, going, resumed]) TrainState.dispose(state)
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )

  it("has a description of its own, which is plain data", () => {
    const text = JSON.stringify(Schema.encodeSync(TransformSpec)(optimizer.spec))
    assert.deepStrictEqual(Schema.decodeUnknownSync(TransformSpec)(JSON.parse(text)), optimizer.spec)
    for (const other of cases) {
      if (other.name !== name) assert.notStrictEqual(JSON.stringify(other.optimizer.spec), text, other.name)
    }
  })
})

/** Norms and orthogonal matrices are of one parameter, the clipped norm of all; the others are numbers by themselves. */
const elementwise = Object.entries(optimizers).filter(([, { optimizer }]) => optimizer.elementwise)

describe.each(elementwise)("%s", (_, { optimizer }) => {
  it.effect("gives tensors that are updated together the bits that each gets alone", () =>
    Effect.gen(function* () {
      yield* Effect.void
      tf.tidy(() => {
        const params = random("params")
        const gradients = random("gradients")
        const at = { step: 3, learningRate: 0.1 }
        const slots = optimizer.init(params)
        const together = advance(optimizer, gradients, slots, { ...at, params })
        for (const [path, value] of Object.entries(params)) {
          const alone = { [path]: value }
          const [updates, next] = optimizer.update({ [path]: gradients[path]! }, optimizer.init(alone), {
            ...at,
            params: alone
          })
          assert.deepStrictEqual(bits({ w: together.params[path]! }), bits({ w: tf.add(value, updates[path]!) }), path)
          for (const [group, tensors] of Object.entries(next)) {
            assert.deepStrictEqual(bits({ s: together.slots[group]![path]! }), bits({ s: tensors[path]! }), path)
          }
        }
      })
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )
})

it("all but LAMB, Muon and clipping by norms update each number by itself, so that small tensors are joined", () => {
  assert.deepStrictEqual(
    elementwise.map(([name]) => name),
    ["sgd", "sgd with Nesterov momentum", "adam", "adamw", "nadam", "rmsprop", "adagrad", "lion", "clipped by value"]
  )
})

describe("SGD", () => {
  it.effect.each([
    ["sgd", sgd()],
    ["sgd_momentum", sgd({ momentum: 0.9 })],
    ["sgd_momentum_wd", sgd({ momentum: 0.9, weightDecay: 0.1 })],
    ["sgd_nesterov_wd", sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.05 })]
  ] as const)("%s takes PyTorch's ten steps, the rate doubling at the sixth", ([name, optimizer]) =>
    Effect.flatMap(Backend, ({ kernels }) => takesSteps(name, optimizer, 1e-6, kernels)).pipe(
      Effect.provide(backends.tensorflow)
    )
  )
})

describe("a partition", () => {
  const parameters = Network.parameters(Airbench.airbench94()).filter(({ role }) => role === "param")
  const paths = parameters.map(({ path }) => path)
  const byPath = new Map(parameters.map((parameter) => [parameter.path, parameter]))
  const labelled = (label: (parameter: Network.Located) => string) => (path: string) => {
    const parameter = byPath.get(path)
    return parameter === undefined ? assert.fail(path) : label(parameter)
  }
  const sizes = (optimizer: Transform) => {
    const assigned = optimizer.assign?.(paths)
    return assigned?._tag === "Assignment"
      ? Object.fromEntries(Object.entries(assigned.paths).map(([label, { length }]) => [label, length]))
      : assigned
  }

  it("is by the kind of layer, as airbench's, or by shape, so that vectors are not decayed", () => {
    const norms = labelled(({ kind, name }) => (kind === "BatchNorm" && name === "bias" ? "norms" : "others"))
    const vectors = labelled(({ shape }) => (shape.length === 1 ? "vectors" : "others"))
    assert.deepStrictEqual(sizes(partition(norms, { norms: sgd(), others: sgd() })), { norms: 6, others: 8 })
    assert.deepStrictEqual(sizes(partition(vectors, { vectors: sgd(), others: sgd() })), { vectors: 7, others: 7 })
    assert.deepStrictEqual(sizes(atRate(2, partition(norms, { norms: sgd(), others: sgd() }))), { norms: 6, others: 8 })
  })

  it("may be a part of another, or come after another: each is checked", () => {
    const norms = (path: string) => (byPath.get(path)?.kind === "BatchNorm" ? "norms" : "others")
    const name = (path: string) => byPath.get(path)?.name ?? ""
    const byName = partition(name, { weight: sgd(), bias: chain() })
    assert.deepStrictEqual(sizes(chain(partition(norms, { norms: sgd(), others: byName }), byName)), {
      "0/norms": 6,
      "0/others": 8,
      "0/others/weight": 7,
      "0/others/bias": 1,
      "1/weight": 7,
      "1/bias": 7
    })
    const incomplete = partition(name, { weight: sgd() })
    for (const optimizer of [chain(byName, incomplete), partition(norms, { norms: sgd(), others: incomplete })]) {
      assert.strictEqual(optimizer.assign?.(paths)?._tag, "Unassignable")
    }
  })

  it("needs a part for every label, and a parameter for every part", () => {
    const label = labelled(({ name }) => name)
    assert.deepStrictEqual(sizes(partition(label, { weight: sgd() })), {
      _tag: "Unassignable",
      reason: 'the parameter whiten.bias has the label "bias"; the optimizer\'s parts are weight',
      fix: "give a part for that label, label the parameter otherwise, or freeze it"
    })
    assert.deepStrictEqual(sizes(partition(label, { weight: sgd(), bias: sgd(), gain: sgd() })), {
      _tag: "Unassignable",
      reason: 'the part "gain" of the optimizer has no parameter: no trainable one has that label',
      fix: `give the label to some parameters, or leave the part out; they are called ${paths.slice(0, 4).join(", ")}, ...`
    })
  })
})

describe("a global norm", () => {
  it.effect("has the same bits in whatever order the tensors come, as after a resume", () =>
    Effect.sync(() => {
      const tensors = Object.fromEntries(
        ["c", "a", "d", "b"].map((path, i) => [
          path,
          Evaluate.noise(path, 97 + 31 * i, 1, 1, 1).data.map((x) => x * 10 ** i)
        ])
      )
      const clipped = (paths: ReadonlyArray<string>) =>
        tf.tidy(() => {
          const gradients = Object.fromEntries(paths.map((path) => [path, tf.tensor1d(tensors[path] ?? [])]))
          const at = { params: gradients, step: 0, learningRate: 1 }
          const [updates] = Optimizer.clipByGlobalNorm(0.1).update(gradients, {}, at)
          return ["a", "b", "c", "d"].map((path) => [...(updates[path]?.dataSync() ?? [])])
        })
      const orders = [
        ["a", "b", "c", "d"],
        ["c", "a", "d", "b"],
        ["d", "c", "b", "a"],
        ["b", "d", "a", "c"]
      ]
      for (const order of orders) assert.deepStrictEqual(clipped(order), clipped(["a", "b", "c", "d"]))
    }).pipe(Effect.provide(backends.tensorflow))
  )
})
