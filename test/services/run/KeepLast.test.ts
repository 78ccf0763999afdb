import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Backend } from "../../../src/services/backend/Backend.js"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import { Reporters } from "../../../src/services/run/Reporters.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as Plan from "../../../src/train/Plan.js"
import * as Policies from "../../../src/train/Policies.js"
import * as Plans from "../../support/Plans.js"

it.effect("the checkpoints of the last epochs are there when a run has ended", () =>
  Effect.gen(function* () {
    const trainer = yield* Trainer
    const checkpoints = yield* Checkpoints
    yield* trainer.fit(Plans.small.pipe(Plan.epochs(5), Plan.policy(Policies.keepLast({ count: 4 }))))
    const epochs = (yield* checkpoints.list).entries.map(({ manifest }) => manifest.progress.epochs)
    assert.deepStrictEqual(epochs, [2, 3, 4, 5])
  }).pipe(
    Effect.provide(
      Layer.provideMerge(Trainer.layer, [Backend.layerTensorFlow(), Checkpoints.layerMemory, Reporters.layerNone])
    )
  )
)
