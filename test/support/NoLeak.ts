import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"

/** Runs `effect` and checks that as many tensors are alive after it as before, whether it succeeded, failed, died or was interrupted. */
export const assertNoLeak = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const before = tf.memory()
    return Effect.onExit(effect, () =>
      Effect.sync(() => {
        const after = tf.memory()
        assert.strictEqual(after.numTensors, before.numTensors, "tensors alive")
        assert.strictEqual(after.numDataBuffers, before.numDataBuffers, "buffers alive")
      })
    )
  })
