import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as CheckpointFormat from "../../../src/services/run/CheckpointFormat.js"
import * as Plan from "../../../src/train/Plan.js"
import * as PlanRecord from "../../../src/train/PlanRecord.js"
import * as Policy from "../../../src/train/Policy.js"
import * as Progress from "../../../src/train/Progress.js"
import * as Plans from "../../support/Plans.js"

const lowest = Policy.make({
  name: "lowest",
  state: Schema.Struct({ loss: Schema.Number }),
  initial: { loss: Number.POSITIVE_INFINITY },
  on: (state) => [state, []]
})

const checkpoint = Effect.map(
  Effect.fromResult(Plan.check(Plans.small)),
  (checked): CheckpointFormat.Checkpoint => ({
    run: "a run",
    plan: PlanRecord.of(checked),
    environment: {
      backend: "wasm",
      tensorflow: null,
      onednn: false,
      device: "a processor",
      instructions: "avx2",
      threads: 1,
      kernels: null
    },
    progress: Progress.start,
    pending: { evaluate: [], save: false, restore: null, restoreAtEnd: null },
    kept: {},
    policies: { lowest: lowest.start.state },
    epoch: { loss: 0, total: 0, metrics: {} },
    validation: { loss: Number.NaN, total: 2, metrics: { accuracy: 0.5 } },
    train: { step: 0, groups: {} }
  })
)

describe("a checkpoint", () => {
  it.effect("holds numbers that JSON has not: a loss that is no number, a policy's infinity", () =>
    Effect.gen(function* () {
      const before = yield* checkpoint
      const { manifest, tensors } = CheckpointFormat.encode(before)
      const read = yield* CheckpointFormat.decodeManifest("one", manifest)
      const after = yield* Effect.fromResult(CheckpointFormat.decode("one", read, tensors))
      assert.deepStrictEqual(after, before)
      const restored = Result.getOrThrow(lowest.restore(after.policies.lowest))
      assert.deepStrictEqual(restored.state, lowest.start.state)
    })
  )
})
