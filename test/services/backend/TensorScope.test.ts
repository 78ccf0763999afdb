import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Cause, Deferred, Effect, Exit, Fiber } from "effect"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as TensorScope from "../../../src/services/backend/TensorScope.js"
import { assertNoLeak } from "../../support/NoLeak.js"

const ones = TensorScope.compute(() => ({ sum: tf.add(tf.ones([3]), tf.ones([3])), note: "two each" }))

describe.each([
  ["tensorflow", Backend.layerTensorFlow()],
  ["wasm", Backend.layerWasm],
  ["cpu", Backend.layerCpu]
] as const)("tensor scopes on %s", (_, layer) => {
  it.effect("a result lives until the scope closes, intermediate tensors do not", () =>
    assertNoLeak(
      Effect.scoped(
        Effect.gen(function* () {
          const before = tf.memory().numTensors
          const { sum, note } = yield* ones
          assert.strictEqual(tf.memory().numTensors, before + 1)
          assert.deepStrictEqual([...sum.dataSync()], [2, 2, 2])
          assert.strictEqual(note, "two each")
        })
      )
    ).pipe(Effect.provide(layer))
  )

  it.effect("after a typed failure nothing is left", () =>
    Effect.gen(function* () {
      const error = yield* assertNoLeak(Effect.scoped(Effect.andThen(ones, Effect.fail("typed")))).pipe(Effect.flip)
      assert.strictEqual(error, "typed")
    }).pipe(Effect.provide(layer))
  )

  it.effect("after a defect nothing is left", () =>
    Effect.gen(function* () {
      const exit = yield* assertNoLeak(Effect.scoped(Effect.andThen(ones, Effect.die("defect")))).pipe(Effect.exit)
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    }).pipe(Effect.provide(layer))
  )

  it.effect("after an interruption nothing is left", () =>
    assertNoLeak(
      Effect.gen(function* () {
        const computed = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          Effect.scoped(Effect.andThen(ones, Effect.andThen(Deferred.succeed(computed, undefined), Effect.never)))
        )
        yield* Deferred.await(computed)
        assert.isAbove(tf.memory().numTensors, 0)
        yield* Fiber.interrupt(fiber)
      })
    ).pipe(Effect.provide(layer))
  )

  it.effect("what tfjs throws, even in the middle of a gradient, is a BackendError, and nothing is left", () =>
    Effect.gen(function* () {
      const error = yield* assertNoLeak(
        Effect.scoped(
          TensorScope.compute(() => tf.grad((x) => tf.matMul(tf.square(tf.relu(x)), tf.ones([5, 5])))(tf.ones([2, 3])))
        )
      ).pipe(Effect.flip)
      assert.strictEqual(error._tag, "BackendError")
      assert.include(error.message, "2,3")
      assert.include(error.message, "5,5")
    }).pipe(Effect.provide(layer))
  )

  it.effect("fibers that take turns do not free each other's tensors", () =>
    assertNoLeak(
      Effect.gen(function* () {
        const baseline = tf.memory().numTensors
        let peak = 0
        const turn = (id: number) =>
          Effect.scoped(
            Effect.gen(function* () {
              const first = yield* TensorScope.compute(() => tf.fill([4], id))
              yield* Effect.yieldNow
              const second = yield* TensorScope.compute(() => tf.mul(tf.add(first, 1), 2))
              yield* Effect.yieldNow
              peak = Math.max(peak, tf.memory().numTensors - baseline)
              return [...first.dataSync(), ...second.dataSync()]
            })
          )
        const results = yield* Effect.all([1, 2, 3, 4].map(turn), { concurrency: "unbounded" })
        assert.strictEqual(peak, 8, "all four were under way at once")
        for (const [index, result] of results.entries()) {
          const id = index + 1
          const doubled = 2 * (id + 1)
          assert.deepStrictEqual(result, [id, id, id, id, doubled, doubled, doubled, doubled])
        }
      })
    ).pipe(Effect.provide(layer))
  )

  it.effect("one of several fibers interrupted half-way takes only its own tensors along", () =>
    assertNoLeak(
      Effect.gen(function* () {
        const ready = yield* Deferred.make<void>()
        const doomed = yield* Effect.forkChild(
          Effect.scoped(
            Effect.gen(function* () {
              yield* TensorScope.compute(() => [tf.ones([2]), tf.ones([2])])
              yield* Deferred.succeed(ready, undefined)
              yield* Effect.never
            })
          )
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            const mine = yield* TensorScope.compute(() => tf.fill([2], 7))
            yield* Deferred.await(ready)
            const before = tf.memory().numTensors
            yield* Fiber.interrupt(doomed)
            assert.strictEqual(tf.memory().numTensors, before - 2)
            assert.deepStrictEqual([...mine.dataSync()], [7, 7])
          })
        )
      })
    ).pipe(Effect.provide(layer))
  )
})
