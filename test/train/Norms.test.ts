import { assert, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Norms from "../../src/train/transforms/Norms.js"
import { backends } from "../support/Backends.js"
import { noise } from "../support/Evaluate.js"

it.effect("the global norm has the same bits in whatever order the tensors come", () =>
  Effect.sync(() => {
    const names = Array.from({ length: 12 }, (_, i) => `layer${i}.weight`)
    const normOf = (order: ReadonlyArray<string>) =>
      tf.tidy(() => {
        const tensors = order.map((name) => [name, tf.tensor1d(noise(name, 37).data)] as const)
        return Norms.globalNorm(Object.fromEntries(tensors)).dataSync()[0]
      })
    const expected = normOf(names)
    for (let shift = 1; shift < names.length; shift++) {
      assert.strictEqual(normOf([...names.slice(shift), ...names.slice(0, shift)]), expected)
    }
  }).pipe(Effect.provide(backends.tensorflow))
)
