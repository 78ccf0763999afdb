import { hostname } from "node:os"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Deferred, Effect, Fiber, FileSystem, Layer } from "effect"
import type { Dataset } from "../../../src/data/Dataset.js"
import * as Init from "../../../src/model/Init.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as RunInfo from "../../../src/services/directory/RunInfo.js"
import * as TrainedNetwork from "../../../src/services/directory/TrainedNetwork.js"
import * as Training from "../../../src/services/directory/Training.js"
import * as EventLog from "../../../src/services/run/EventLog.js"
import type { TrainOptions } from "../../../src/services/run/Trainer.js"
import * as LearningRate from "../../../src/train/LearningRate.js"
import * as Loss from "../../../src/train/Loss.js"
import * as Optimizer from "../../../src/train/Optimizer.js"
import * as Plan from "../../../src/train/Plan.js"
import { weightDigest } from "../../../src/train/PlanRecord.js"
import { isDetermined, type TrainEvent } from "../../../src/train/TrainEvent.js"
import { backends } from "../../support/Backends.js"
import { logged } from "../../support/Logged.js"
import { memory } from "../../support/Memory.js"
import * as Plans from "../../support/Plans.js"
import * as Runs from "../../support/Runs.js"

const services = Layer.mergeAll(NodeServices.layer, backends.tensorflow)

/** Two epochs of two steps. */
const plan = Plan.make({ network: Plans.small.network, dataset: Plans.noise(16, 6) }).pipe(
  Plan.epochs(2),
  Plan.batchSize(8),
  Plan.rate(() => LearningRate.constant(0.01))
)

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) =>
  Effect.map(fs.makeTempDirectoryScoped(), (directory) => `${directory}/run`)
)

const train = (directory: string, of: Plan.Plan = plan, options?: TrainOptions) =>
  Training.train(of, { directory, config: `{"of":"${of.network.name}"}\n`, ...options })

const resume = (directory: string, of: Plan.Plan = plan, options?: TrainOptions) =>
  train(directory, of, { resume: true, ...options })

/** Trains as far as the event of this number, after which the run stands still, and then cuts it off as a kill does. */
const killed = (directory: string, of: Plan.Plan, at: (event: TrainEvent) => boolean) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const reached = yield* Deferred.make<void>()
    const copied = yield* Deferred.make<void>()
    const copy = `${directory}.copy`
    const stopping = Effect.succeed({
      name: "stopping",
      onEvent: (event: TrainEvent) =>
        at(event) ? Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(copied)) : Effect.void
    })
    const fiber = yield* Effect.forkChild(Training.train(of, { directory, config: "{}\n", reporters: [stopping] }))
    yield* Deferred.await(reached)
    // What the run does as it is interrupted is not in the copy.
    yield* fs.copy(directory, copy)
    yield* Deferred.succeed(copied, undefined)
    yield* Fiber.interrupt(fiber)
    yield* fs.remove(directory, { recursive: true })
    yield* fs.rename(copy, directory)
    for (const name of yield* fs.readDirectory(directory)) {
      if (/^lock\.\d+$/.test(name)) yield* fs.writeFileString(`${directory}/${name}/owner`, dead)
    }
  })

/** The owner of a lock whose process is gone: no process has this number. */
const dead = JSON.stringify({ id: "x", pid: 2 ** 22 + 1, host: hostname(), began: null })

/** The bytes of every file below a directory but the locks. */
const snapshot = (directory: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const names = yield* fs.readDirectory(directory, { recursive: true })
    const files: Record<string, string> = {}
    for (const name of names.filter((name) => !name.startsWith("lock.")).sort()) {
      const { type } = yield* fs.stat(`${directory}/${name}`)
      files[name] = type === "File" ? Buffer.from(yield* fs.readFile(`${directory}/${name}`)).toString("base64") : type
    }
    return files
  })

/** Checks that an effect fails and changes no file, and gives its error. */
const refused = <A, E, R>(directory: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = yield* snapshot(directory)
    const error = yield* Effect.flip(effect)
    assert.deepStrictEqual(yield* snapshot(directory), before)
    return error
  })

const change = <K extends keyof Dataset>(key: K, value: Dataset[K]): Plan.Plan =>
  Plan.make({ ...plan, dataset: { ...plan.dataset, [key]: value } })
const flipped = (bytes: Uint8Array, at = bytes.length >> 1) => bytes.with(at, (bytes[at] ?? 0) ^ 1)

describe("a resume that is refused changes nothing", () => {
  const { test, train: images } = plan.dataset
  const others: ReadonlyArray<readonly [name: string, plan: Plan.Plan, says: ReadonlyArray<string | RegExp>]> = [
    ["another batch size", Plan.batchSize(4)(plan), ["batchSize: 8 then, 4 now", "start a new run"]],
    ["another seed", Plan.seed(1)(plan), ["seed: 0 then, 1 now"]],
    [
      "another momentum",
      Plan.optimizer(Optimizer.sgd({ momentum: 0.5 }))(plan),
      [/optimizer\..*: 0\.9 then, 0\.5 now/]
    ],
    [
      "more epochs",
      Plan.epochs(3)(plan),
      ["epochs: 2 then, 3 now", "--change epochs", '{ resume: true, change: ["epochs"] }']
    ],
    ["two settings", plan.pipe(Plan.batchSize(4), Plan.seed(3)), ["batchSize: 8 then, 4 now", "seed: 0 then, 3 now"]],
    [
      "another network",
      Plan.make({ ...plan, network: { ...plan.network, name: "other" } }),
      [/network\.name: "mnist-cnn" then, "other" now/]
    ],
    [
      "other initial weights",
      Plan.startFrom(Init.init(plan.network, 5))(plan),
      [/start: null then, "[0-9a-f]{64}" now/]
    ],
    ["classes that are swapped", change("classNames", ["class 1", "class 0", "class 2"]), ["dataset.sha256"]],
    ["labels that are swapped", change("train", { ...images, labels: images.labels.toReversed() }), ["dataset.sha256"]],
    ["other test images", change("test", { ...test, images: flipped(memory(test).images) }), ["dataset.sha256"]]
  ]
  it.live(
    "of another plan, with each difference and both values",
    () =>
      Effect.gen(function* () {
        const directory = yield* temporary
        yield* killed(directory, plan, (event) => event._tag === "StepEnded" && event.step === 2)
        for (const [name, other, says] of others) {
          const error = yield* refused(directory, resume(directory, other))
          assert.strictEqual(error._tag, "CheckpointError", name)
          for (const part of says) {
            if (typeof part === "string") assert.include(error.message, part, name)
            else assert.match(error.message, part, name)
          }
        }
        assert.strictEqual((yield* resume(directory)).finished.step, 4)
      }).pipe(Effect.scoped, Effect.provide(services)),
    60_000
  )

  it.live("where there is no run, and makes no directory", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      const error = yield* Effect.flip(resume(directory))
      assert.strictEqual(error._tag, "FileError")
      assert.include(error.message, `there is no run in ${directory}`)
      assert.isFalse(yield* fs.exists(directory))
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.live("of a run whose checkpoints, or whose log, are damaged", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      yield* killed(directory, plan, (event) => event._tag === "StepEnded" && event.step === 2)
      const [name] = yield* fs.readDirectory(`${directory}/checkpoints`)
      const log = `${directory}/events.jsonl`
      const damages: ReadonlyArray<readonly [file: string, damage: (bytes: Uint8Array) => Uint8Array, says: string]> = [
        [`${directory}/checkpoints/${name}/manifest.json`, flipped, `${name} is damaged`],
        [`${directory}/checkpoints/${name}/tensors.safetensors`, flipped, `${name} is damaged`],
        [log, (bytes) => flipped(bytes, 40), "line 1"],
        [log, (bytes) => bytes.subarray(0, bytes.indexOf(10) + 1), "the log ends after 0 of the 3 events"]
      ]
      for (const [file, damage, says] of damages) {
        const whole = yield* fs.readFile(file)
        yield* fs.writeFile(file, damage(whole))
        const { result } = yield* logged(refused(directory, resume(directory)))
        assert.include(result.message, says)
        yield* fs.writeFile(file, whole)
      }
      yield* fs.rename(`${directory}/checkpoints`, `${directory}/elsewhere`)
      assert.include((yield* refused(directory, resume(directory))).message, "tells of a checkpoint after step 2")
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})

describe("a run that was killed", () => {
  it.live("before it had written anything leaves a directory that can be used again", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      yield* fs.makeDirectory(`${directory}/checkpoints`, { recursive: true })
      yield* fs.makeDirectory(`${directory}/lock.3`)
      yield* fs.writeFileString(`${directory}/lock.3/owner`, dead)
      yield* fs.writeFileString(`${directory}/run.json.${2 ** 22 + 1}-0123abcd.tmp`, "{")
      assert.include((yield* Effect.flip(resume(directory))).message, "there is no run")
      yield* train(directory)
      const names = yield* fs.readDirectory(directory)
      assert.deepStrictEqual(
        names.filter((name) => name.endsWith(".tmp") || name.startsWith("lock.")),
        ["lock.4"]
      )
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.live(
    "between a checkpoint and the line that tells of it has the line, and ends as if it had not been killed",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const [directory, other] = [yield* temporary, yield* temporary]
        yield* killed(directory, plan, (event) => event._tag === "StepEnded" && event.step === 2)
        const log = `${directory}/events.jsonl`
        const { rest, started } = yield* EventLog.read(log)
        const last = rest.findLastIndex((event) => event._tag === "CheckpointSaved")
        assert.isAtLeast(last, 0)
        yield* fs.writeFileString(log, EventLog.encode([started, ...rest.slice(0, last)]))
        const { finished } = yield* resume(directory)
        const whole = yield* train(other)
        assert.strictEqual(finished.weightDigest, whole.finished.weightDigest)
        const [found, expected] = yield* Effect.forEach([directory, other], (directory) =>
          Effect.map(EventLog.read(`${directory}/events.jsonl`), ({ rest }) => rest)
        )
        assert.deepStrictEqual(Runs.timeless(found ?? []), Runs.timeless(expected ?? []))
        assert.deepStrictEqual(
          found?.flatMap((event) => (event._tag === "CheckpointSaved" ? [event.step] : [])),
          [2, 4]
        )
      }).pipe(Effect.scoped, Effect.provide(services))
  )
})

describe("a run that is going on", () => {
  it.live("keeps its directory for itself, until it ends", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      const reached = yield* Deferred.make<void>()
      const tried = yield* Deferred.make<void>()
      const waiting = Effect.succeed({
        name: "waiting",
        onEvent: (event: TrainEvent) =>
          event._tag === "StepEnded" && event.step === 1
            ? Effect.andThen(Deferred.succeed(reached, undefined), Deferred.await(tried))
            : Effect.void
      })
      const first = yield* Effect.forkChild(Training.train(plan, { directory, reporters: [waiting] }))
      yield* Deferred.await(reached)
      for (const second of [resume(directory), train(directory)]) {
        const error = yield* refused(directory, second)
        assert.strictEqual(error._tag, "FileError")
        assert.match(error.message, /is in use by process|already holds a run/)
      }
      yield* Deferred.succeed(tried, undefined)
      yield* Fiber.interrupt(first)
      // Two at once: one of them has it.
      const exits = yield* Effect.forEach([1, 2], () => Effect.exit(resume(directory)), { concurrency: "unbounded" })
      assert.sameMembers(
        exits.map(({ _tag }) => _tag),
        ["Success", "Failure"]
      )
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})

describe("a finished run", () => {
  it.live("goes on for more epochs when that is asked for, to the weights of the longer run", () =>
    Effect.gen(function* () {
      const [directory, other] = [yield* temporary, yield* temporary]
      const longer = Plan.epochs(4)(plan)
      yield* train(directory)
      const asked = { change: ["epochs"] } as const
      const { finished } = yield* resume(directory, longer, asked)
      const whole = (yield* train(other, longer)).finished
      assert.deepStrictEqual([finished.step, finished.epochs], [8, 4])
      assert.strictEqual(finished.weightDigest, whole.weightDigest)
      const [found, expected] = yield* Effect.forEach([directory, other], (directory) =>
        Effect.map(EventLog.read(`${directory}/events.jsonl`), ({ rest }) => rest.filter(isDetermined))
      )
      assert.deepStrictEqual(Runs.timeless(found ?? []), Runs.timeless(expected ?? []))
      // What was accepted once is not asked for again.
      assert.strictEqual((yield* resume(directory, longer)).finished.weightDigest, whole.weightDigest)
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.live("is evaluated from its weights, which must be those that it wrote", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      const { finished, run } = yield* train(directory)
      const { preprocessing, weights } = yield* TrainedNetwork.ofRun(directory)
      assert.strictEqual(weightDigest(weights), finished.weightDigest)
      assert.deepStrictEqual(preprocessing.classNames, plan.dataset.classNames)
      yield* fs.remove(run.checkpoints, { recursive: true })
      assert.deepStrictEqual((yield* TrainedNetwork.ofRun(directory)).weights, weights)
      assert.include((yield* refused(directory, resume(directory))).message, "finished run without a checkpoint")
      const whole = yield* fs.readFile(run.weights)
      for (const damage of [flipped(whole), flipped(whole, whole.length - 1), whole.subarray(1), new Uint8Array()]) {
        yield* fs.writeFile(run.weights, damage)
        const error = yield* Effect.flip(TrainedNetwork.ofRun(directory))
        assert.strictEqual(error._tag, "FileError")
        assert.include(error.message, `${run.weights} is not the file that the run wrote`)
      }
      yield* fs.remove(run.weights)
      assert.include((yield* Effect.flip(TrainedNetwork.ofRun(directory))).message, "does not exist")
    }).pipe(Effect.scoped, Effect.provide(services))
  )

  it.live("that has not finished is evaluated from its newest whole checkpoint, or not at all", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      yield* killed(directory, plan, (event) => event._tag === "StepEnded" && event.step === 2)
      assert.strictEqual((yield* RunInfo.read(`${directory}/run.json`)).finished, null)
      yield* TrainedNetwork.ofRun(directory)
      const [name] = yield* fs.readDirectory(`${directory}/checkpoints`)
      yield* fs.writeFileString(`${directory}/checkpoints/${name}/manifest.json`, "{}")
      const { result } = yield* logged(Effect.flip(TrainedNetwork.ofRun(directory)))
      assert.strictEqual(result._tag, "CheckpointError")
      assert.include(result.message, `${name}`)
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})

describe("a run that goes on elsewhere", () => {
  it.live("says that it does not go on bit for bit", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      yield* killed(directory, plan, (event) => event._tag === "StepEnded" && event.step === 2)
      const backend = yield* Backend
      const report = { ...backend.report, threads: 64, tensorflow: "9.9.9", kernels: "avx2 0123abcd" }
      const { lines } = yield* logged(
        resume(directory).pipe(Effect.provideService(Backend, Backend.of({ ...backend, report })))
      )
      assert.deepStrictEqual(lines, [
        `the run continues, but not bit for bit as it would have: tensorflow ${backend.report.tensorflow} then, 9.9.9 now; threads ${backend.report.threads} then, 64 now; kernels ${backend.report.kernels} then, avx2 0123abcd now`
      ])
    }).pipe(Effect.scoped, Effect.provide(services))
  )
})

describe("a new run", () => {
  const usual = Loss.crossEntropy()
  const broken = Plan.loss({ ...usual, mean: (...of) => tf.log(tf.mul(usual.mean(...of), 0)) })(plan)

  it.effect("whose first step is not finite is not started, and its directory stays free", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* temporary
      const error = yield* Effect.flip(train(directory, broken))
      assert.strictEqual(error._tag, "PreflightError")
      assert.notInclude(yield* fs.readDirectory(directory), "run.json")
      yield* train(directory)
    }).pipe(Effect.provide(services))
  )

  it.effect("warns of what is unusual, once", () =>
    Effect.gen(function* () {
      const directory = yield* temporary
      const dataset = { ...plan.dataset, statistics: { mean: [127.5], deviation: [76.5] } }
      const odd = plan.pipe(Plan.dataset(dataset), Plan.epochs(1))
      const first = yield* logged(train(directory, odd))
      assert.lengthOf(
        first.lines.filter((line) => line.includes("not near 0 and 1")),
        1
      )
      const resumed = yield* logged(resume(directory, Plan.epochs(2)(odd), { change: ["epochs"] }))
      assert.notInclude(resumed.lines.join(), "not near 0 and 1")
    }).pipe(Effect.provide(services))
  )
})
