import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Random from "../../src/internal/Random.js"
import * as Apply from "../../src/model/Apply.js"
import * as Layers from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import { Backend } from "../../src/services/backend/Backend.js"
import { backends } from "../support/Backends.js"
import { assertNoLeak } from "../support/NoLeak.js"

const shape: [number, number, number, number] = [40, 6, 5, 50]

/** What becomes of ones in training, at a step of a run with a seed. */
const train = (module: Module, seed: number, step: number) =>
  Effect.map(Backend, ({ kernels }) =>
    tf.tidy(() => {
      const network = { name: "test", input: { height: 6, width: 5, channels: 50 }, classes: 50, body: module }
      const noise = (path: string) => Random.make(seed, "noise", step, path)
      return Apply.apply(network)({}, {}, tf.ones(shape), { kernels, mode: "train", noise })[0].dataSync<"float32">()
    })
  )

/** The values of one sample each. */
const samples = (data: Float32Array) => Array.from({ length: 40 }, (_, i) => data.slice(i * 1500, (i + 1) * 1500))

describe.each(Object.entries(backends))("random layers on %s", (_, backend) => {
  it.effect("dropout leaves the share that it should, and the mean as it was", () =>
    Effect.gen(function* () {
      const data = yield* train(Layers.dropout(0.3), 1, 0)
      const kept = data.filter((x) => x !== 0)
      assert.isTrue(kept.every((x) => Math.abs(x - 1 / 0.7) < 1e-6))
      // Four standard errors of 60,000 draws.
      assert.closeTo(kept.length / data.length, 0.7, 4 * Math.sqrt((0.3 * 0.7) / data.length))
    }).pipe(assertNoLeak, Effect.provide(backend))
  )

  it.effect("stochastic depth drops whole samples", () =>
    Effect.gen(function* () {
      const data = samples(yield* train(Layers.stochasticDepth(0.4), 1, 0))
      for (const sample of data) {
        assert.isTrue(sample.every((x) => x === sample[0]))
      }
      const kept = data.filter(([first]) => first !== 0)
      assert.isTrue(kept.every(([first]) => Math.abs(first! - 1 / 0.6) < 1e-6))
      assert.closeTo(kept.length / 40, 0.6, 4 * Math.sqrt((0.4 * 0.6) / 40))
    }).pipe(assertNoLeak, Effect.provide(backend))
  )

  it.effect.each([
    ["dropout", Layers.dropout],
    ["stochastic depth", Layers.stochasticDepth]
  ] as const)("%s: the same for a seed, a step and a path, other for others", ([, make]) =>
    Effect.gen(function* () {
      const once = yield* train(make(0.5), 1, 7)
      assert.deepStrictEqual(yield* train(make(0.5), 1, 7), once)
      assert.notDeepEqual(yield* train(make(0.5), 2, 7), once)
      assert.notDeepEqual(yield* train(make(0.5), 1, 8), once)
      assert.notDeepEqual(yield* train(Layers.named("other", make(0.5)), 1, 7), once)
    }).pipe(Effect.provide(backend))
  )
})

it.effect("stochastic depth drops the same samples on all backends", () =>
  Effect.gen(function* () {
    const run = train(Layers.stochasticDepth(0.4), 1, 0)
    const [first, ...others] = yield* Effect.forEach(Object.values(backends), (backend) => Effect.provide(run, backend))
    for (const other of others) assert.deepStrictEqual(other, first)
  })
)
