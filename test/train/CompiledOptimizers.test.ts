import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import type { Kernels } from "../../src/model/Kernels.js"
import type { ProgramCall } from "../../src/model/Programs.js"
import type { Tensors } from "../../src/model/Tensors.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import { PartError } from "../../src/train/TrainError.js"
import type { Slots, Transform } from "../../src/train/Transform.js"
import { advance } from "../../src/train/transforms/Joined.js"
import { optimizers } from "../contract/optimizers.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import * as Evaluate from "../support/Evaluate.js"
import * as Golden from "../support/Golden.js"
import { assertNoLeak } from "../support/NoLeak.js"

const { adamw, atRate, chain, muon, nadam, partition, scaleByPath, sgd } = Optimizer

const shapes: Readonly<Record<string, ReadonlyArray<number>>> = {
  "conv1.weight": [3, 3, 7, 5],
  "conv2.weight": [3, 3, 7, 5],
  "large.weight": [200, 301],
  "bn1.weight": [7],
  "bn1.bias": [7],
  "scale.bias": []
}

const random = (name: string): Tensors =>
  Golden.upload(
    Object.fromEntries(
      Object.entries(shapes).map(([path, shape]) => [path, Evaluate.noise(`${name} ${path}`, ...shape)])
    )
  )

const kind = (path: string) => (path.endsWith("bias") ? "biases" : "weights")

/** Each with the number of calls that an update takes, where it is not one. */
const cases: Readonly<Record<string, { readonly optimizer: Transform; readonly calls?: number }>> = {
  ...Object.fromEntries(
    Object.entries(optimizers).flatMap(([name, { matrices, optimizer }]) =>
      matrices === true ? [] : [[name, { optimizer }]]
    )
  ),
  // The transforms between norms, and the sum of parameters and updates.
  lamb: { optimizer: optimizers.lamb!.optimizer, calls: 4 },
  "clipped by norm": { optimizer: optimizers["clipped by norm"]!.optimizer, calls: 2 },
  "clipped adaptively": { optimizer: optimizers["clipped adaptively"]!.optimizer, calls: 2 },
  "decay of weights alone": { optimizer: adamw({ decayed: "weights", weightDecay: 0.1 }) },
  "a rate for each path": { optimizer: chain(nadam(), scaleByPath({ "bn1.weight": 0.5, "large.weight": 3 })) },
  "a partition": {
    optimizer: partition(kind, { biases: atRate(2, sgd({ momentum: 0.9 })), weights: adamw() })
  },
  "a partition with Muon": {
    optimizer: partition((path) => (path.endsWith(".weight") && path !== "bn1.weight" ? "matrices" : "vectors"), {
      matrices: muon(),
      vectors: adamw()
    }),
    calls: 5
  }
}

const counted = (kernels: Kernels) => {
  const calls: Array<ReadonlyArray<ProgramCall>> = []
  const { runPrograms = () => assert.fail("nothing is compiled") } = kernels
  return {
    calls,
    kernels: {
      ...kernels,
      runPrograms: (programs: ReadonlyArray<ProgramCall>) => {
        calls.push(programs)
        return runPrograms(programs)
      }
    }
  }
}

const steps = (optimizer: Transform, kernels: Kernels): { params: Tensors; slots: Slots } => {
  let params = random("params")
  let slots = optimizer.init(params)
  for (const step of [0, 1, 2]) {
    const at = { params, step, learningRate: 0.1 / (step + 1), kernels }
    ;({ params, slots } = advance(optimizer, random(`gradients ${step}`), slots, at))
  }
  return { params, slots }
}

const assertSame = (actual: Tensors, expected: Tensors): void => {
  assert.deepStrictEqual(Object.keys(actual).sort(), Object.keys(expected).sort())
  for (const [path, { shape }] of Object.entries(expected)) {
    assert.deepStrictEqual(actual[path]!.shape, shape, path)
    assertClose(actual[path]!.dataSync(), expected[path]!.dataSync(), 1e-6)
  }
}

describe.each(Object.entries(cases))("%s", (_, { calls = 1, optimizer }) => {
  it.effect("as programs takes the steps that tfjs's operations take, in few calls", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      tf.tidy(() => {
        const compiled = counted(kernels)
        const { runPrograms: __, ...plain } = kernels
        const [actual, expected] = [steps(optimizer, compiled.kernels), steps(optimizer, plain)]
        assertSame(actual.params, expected.params)
        assert.deepStrictEqual(Object.keys(actual.slots).sort(), Object.keys(expected.slots).sort())
        for (const [group, tensors] of Object.entries(expected.slots)) assertSame(actual.slots[group]!, tensors)
        assert.lengthOf(compiled.calls, 3 * calls)
      })
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )
})

describe("programs", () => {
  it.effect("are shared by the parameters that are updated alike, and differ between steps in constants alone", () =>
    Effect.gen(function* () {
      const { calls, kernels } = counted((yield* Backend).kernels)
      tf.tidy(() => void steps(adamw({ decayed: "weights", weightDecay: 0.1 }), kernels))
      const distinct = calls.map((programs) => new Set(programs.map(({ program }) => program)))
      assert.deepStrictEqual(
        distinct.map(({ size }) => size),
        [2, 2, 2]
      )
      const [first, second] = distinct.map((programs) =>
        [...programs].map(({ constants, ...rest }) => ({ constants, rest }))
      )
      assert.deepStrictEqual(
        second?.map(({ rest }) => rest),
        first?.map(({ rest }) => rest)
      )
      assert.notDeepEqual(second?.[0]?.constants, first?.[0]?.constants)
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )

  it.effect("give the same bits as each parameter alone, and again", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      tf.tidy(() => {
        const optimizer = adamw({ weightDecay: 0.1 })
        const [params, gradients] = [random("params"), random("gradients")]
        const at = { step: 3, learningRate: 0.1, kernels }
        const run = () => advance(optimizer, gradients, optimizer.init(params), { ...at, params }).params
        const [together, again] = [run(), run()]
        for (const [path, value] of Object.entries(params)) {
          const alone = advance(optimizer, { [path]: gradients[path]! }, optimizer.init({ [path]: value }), {
            ...at,
            params: { [path]: value }
          })
          assert.deepStrictEqual(together[path]!.dataSync(), alone.params[path]!.dataSync(), path)
          assert.deepStrictEqual(together[path]!.dataSync(), again[path]!.dataSync(), path)
        }
      })
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )

  it.effect("refuse a slot that is missing, and a gradient of another shape, as a PartError", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      tf.tidy(() => {
        const optimizer = sgd({ momentum: 0.9 })
        const params = { w: tf.ones([3, 2]) }
        const at = { params, step: 0, learningRate: 0.1, kernels }
        const slots = optimizer.init(params)
        for (const [gradient, given, says] of [
          [tf.ones([3, 2]), {}, 'there is no slot "1/trace" for w'],
          [tf.ones([2, 3]), slots, "tensors: expected the shape [3, 2], got [2, 3]"]
        ] as const) {
          const error = ((): unknown => {
            try {
              return advance(optimizer, { w: gradient }, given, at)
            } catch (cause) {
              return cause
            }
          })()
          assert.instanceOf(error, PartError)
          assert.include(String(error), says)
        }
      })
    }).pipe(assertNoLeak, Effect.provide(backends.tensorflow))
  )
})
