import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, FileSystem, Layer, Schema } from "effect"
import * as Seeds from "../../../src/services/directory/Seeds.js"
import * as Training from "../../../src/services/directory/Training.js"
import * as Spread from "../../../src/services/report/Spread.js"
import * as Plan from "../../../src/train/Plan.js"
import type { TrainEvent } from "../../../src/train/TrainEvent.js"
import { backends } from "../../support/Backends.js"
import * as Plans from "../../support/Plans.js"

const services = Layer.mergeAll(NodeServices.layer, backends.tensorflow)
const plan = Plan.epochs(1)(Plans.small)
const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  Effect.map(fs.makeTempDirectoryScoped(), (directory) => `${directory}/seeds`)
)

interface Call {
  readonly seed: number
  readonly resume: boolean
}

/** Trains as far as the third step, where the run is interrupted. */
const cutOff = (of: Plan.Plan, at: Training.Options<never>) =>
  Effect.gen(function* () {
    const reached = yield* Deferred.make<void>()
    const watching = Effect.succeed({
      name: "watching",
      onEvent: (event: TrainEvent) =>
        event._tag === "StepEnded" && event.step === 2 ? Deferred.succeed(reached, undefined) : Effect.void
    })
    return yield* Effect.raceFirst(
      Training.train(of, { ...at, reporters: [watching] }),
      Effect.andThen(Deferred.await(reached), Effect.fail(new Error("the machine went away")))
    )
  })

const train = (
  directory: string,
  options: {
    readonly resume?: boolean
    readonly of?: Plan.Plan
    readonly calls?: Array<Call>
    readonly failAt?: number
  } = {}
) =>
  Seeds.train({
    directory,
    seeds: [3, 4, 5],
    ...(options.resume === undefined ? {} : { resume: options.resume }),
    train: (seed, at) => {
      options.calls?.push({ seed, resume: at.resume })
      const of = Plan.seed(seed)(options.of ?? plan)
      return seed === options.failAt ? cutOff(of, at) : Training.train(of, at)
    }
  })

describe("training with several seeds", () => {
  it.effect("is one run for each, and the spread of their scores", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      const result = yield* train(directory)
      assert.deepStrictEqual(
        result.runs.map(({ seed }) => seed),
        [3, 4, 5]
      )
      const losses = result.runs.map(({ scores }) => scores["test/loss"] ?? Number.NaN)
      assert.strictEqual(new Set(losses).size, 3)
      assert.deepStrictEqual(result.spreads["test/loss"], Spread.of(losses))
      const written = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.toCodecJson(Seeds.Seeds)))(
        yield* fs.readFileString(`${directory}/seeds.json`)
      )
      assert.deepStrictEqual(written, result)
      assert.include(yield* fs.readFileString(`${directory}/seeds.txt`), "test loss: mean ")
    }).pipe(Effect.provide(services))
  )

  it.effect("resumes after an end at any of them, without training again what is finished", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* Effect.flip(train(directory, { failAt: 4 }))
      const calls: Array<Call> = []
      const result = yield* train(directory, { resume: true, calls })
      assert.deepStrictEqual(calls, [
        { seed: 4, resume: true },
        { seed: 5, resume: false }
      ])
      const whole = yield* train(yield* temporary)
      assert.deepStrictEqual(
        result.runs.map(({ scores }) => scores),
        whole.runs.map(({ scores }) => scores)
      )
    }).pipe(Effect.provide(services))
  )

  it.effect("refuses to mix runs of two plans", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* Effect.flip(train(directory, { failAt: 5 }))
      const fs = yield* FileSystem.FileSystem
      yield* fs.remove(`${directory}/seed-5`, { recursive: true })
      const error = yield* Effect.flip(train(directory, { resume: true, of: Plan.batchSize(4)(plan) }))
      assert.include(error.message, "differ in more than the seed")
      assert.include(error.message, "batchSize: 8 then, 4 now")
    }).pipe(Effect.provide(services))
  )

  it.effect("does not begin where there are runs", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* train(directory)
      const error = yield* Effect.flip(train(directory))
      assert.include(error.message, "already holds a run")
    }).pipe(Effect.provide(services))
  )
})
