import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Cause, Effect, Exit, FileSystem, Layer } from "effect"
import * as Augment from "../../../src/data/Augment.js"
import * as Jsonl from "../../../src/services/reporters/Jsonl.js"
import { Checkpoints } from "../../../src/services/run/Checkpoints.js"
import * as EventLog from "../../../src/services/run/EventLog.js"
import { Reporters } from "../../../src/services/run/Reporters.js"
import { Trainer } from "../../../src/services/run/Trainer.js"
import * as LearningRate from "../../../src/train/LearningRate.js"
import * as Plan from "../../../src/train/Plan.js"
import { backends } from "../../support/Backends.js"
import { assertNoLeak } from "../../support/NoLeak.js"
import * as Plans from "../../support/Plans.js"
import * as Runs from "../../support/Runs.js"

/** Two epochs of two steps, with a checkpoint after each step and an evaluation after each epoch. */
const plan = Plan.make({ network: Plans.small.network, dataset: Plans.noise(20, 6) }).pipe(
  Plan.epochs(2),
  Plan.batchSize(8),
  Plan.validation(0.2),
  Plan.augment([Augment.flip]),
  Plan.checkpointEvery(1),
  Plan.rate(() => LearningRate.constant(0.01))
)

const fit = Effect.flatMap(Trainer, (trainer) => trainer.fit(plan))
const never = Number.POSITIVE_INFINITY

/** A trainer that keeps its checkpoints and its log in a directory. */
const inDirectory = (directory: string) =>
  Trainer.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        backends.tensorflow,
        Checkpoints.layerFileSystem(`${directory}/checkpoints`),
        Reporters.layer([Jsonl.make(`${directory}/events.jsonl`)])
      )
    )
  )

describe("a run that is interrupted before any of its operations", () => {
  it.effect(
    "leaves no tensor, and goes on to the weights of the run that was not",
    () =>
      Effect.gen(function* () {
        const whole = yield* Runs.fresh(Runs.digest(plan))
        const { operations } = yield* Runs.fresh(Runs.interruptedAt(never, fit))
        let interrupted = 0
        for (let k = 1; k <= operations; k += 9) {
          yield* Effect.gen(function* () {
            const { exit } = yield* Runs.interruptedAt(k, fit)
            assert.strictEqual(tf.memory().numTensors, 0, `tensors after operation ${k}`)
            if (Exit.isFailure(exit)) {
              assert.isTrue(Cause.hasInterruptsOnly(exit.cause), `${k}: ${Cause.pretty(exit.cause)}`)
              interrupted += 1
            }
            assert.strictEqual(yield* Runs.digest(plan, { resume: true }), whole, `interrupted at ${k}`)
          }).pipe(Runs.fresh)
        }
        assert.isAtLeast(interrupted, 80)
      }).pipe(assertNoLeak, Runs.fresh),
    120_000
  )

  it.effect(
    "has every event in its log that its checkpoint counts, and goes on to the log of the run that was not",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const logged = (directory: string) =>
          Effect.map(EventLog.read(`${directory}/events.jsonl`), ({ rest }) => Runs.timeless(rest))
        const first = yield* fs.makeTempDirectoryScoped()
        const { operations } = yield* Effect.provide(Runs.interruptedAt(never, fit), inDirectory(first), {
          local: true
        })
        const whole = yield* logged(first)
        for (let k = 1; k <= operations; k += 61) {
          const directory = yield* fs.makeTempDirectoryScoped()
          const { exit } = yield* Effect.provide(Runs.interruptedAt(k, fit), inDirectory(directory), { local: true })
          const cut = yield* Effect.orElseSucceed(logged(directory), () => [])
          assert.deepStrictEqual(cut, whole.slice(0, cut.length), `the log of a run interrupted at ${k}`)
          if (Exit.isSuccess(exit)) continue
          yield* Effect.provide(Runs.digest(plan, { resume: true }), inDirectory(directory), { local: true })
          assert.deepStrictEqual(yield* logged(directory), whole, `interrupted at ${k}`)
        }
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer), assertNoLeak, Runs.fresh),
    120_000
  )
})
