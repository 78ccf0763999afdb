import * as tf from "@tensorflow/tfjs-core"
import { Cause, Effect, Exit, Fiber, FileSystem, Layer, Logger, Path } from "effect"
import { systemError } from "effect/PlatformError"
import { ChildProcessSpawner } from "effect/process"
import * as Random from "../src/internal/Random.js"
import { Backend } from "../src/services/backend/Backend.js"
import * as RunDirectory from "../src/services/directory/RunDirectory.js"
import * as Training from "../src/services/directory/Training.js"
import { backendNames, backends } from "./Backends.js"
import * as Fault from "./Fault.js"
import * as Files from "./Files.js"
import * as Outcome from "./Outcome.js"
import { dataset, plan } from "./Runs.js"
import * as Source from "./Source.js"

/** How a case ended: what the struck run came to, and what was wrong with that. */
export interface Case {
  readonly seed: number
  readonly fault: string
  readonly ended: string
  /** Whether the run came to where the fault was waiting. */
  readonly struck: boolean
  readonly problem: string | undefined
}

type Struck = ReturnType<typeof Fault.make>

/** To start git takes longer than to train such a run. */
const withoutGit = Layer.succeed(
  ChildProcessSpawner.ChildProcessSpawner,
  ChildProcessSpawner.make(() =>
    Effect.fail(systemError({ _tag: "NotFound", module: "ChildProcess", method: "spawn", description: "no git" }))
  )
)

/** Loads the images and trains a run in a directory, or goes on with the one that is there, with a fault that may strike. */
export const train = (directory: string, seed: number, struck: Struck) =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const cache = path.join(path.dirname(directory), "cache")
    yield* Source.store(cache, dataset(seed))
    const resume = yield* Effect.isSuccess(RunDirectory.resumable(directory))
    const backend = struck.backend(yield* Backend)
    const fiber = yield* Effect.gen(function* () {
      const images = yield* Source.load(cache, dataset(seed))
      return yield* Training.train(struck.plan(plan(seed, images)), {
        directory,
        resume,
        reporters: [Effect.succeed(struck.reporter)]
      })
    }).pipe(Effect.provide([Files.layer(struck.files), withoutGit, Layer.succeed(Backend, backend)]), Effect.forkChild)
    struck.watch(fiber)
    return yield* Fiber.await(fiber)
  })

const nameOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): string => {
  if (Exit.isSuccess(exit)) return "finished"
  const { reasons } = exit.cause
  const died = reasons.find(Cause.isDieReason)
  if (died !== undefined) return `died: ${String(died.defect)}`
  const failed = reasons.find(Cause.isFailReason)
  return failed === undefined ? "interrupted" : failed.error._tag
}

/** A run that no fault struck: what came of it, how often it passed each site, and its directory if it is stopped at one of its events. */
interface Untouched {
  readonly outcome: Outcome.Outcome
  readonly counts: Fault.Counts
  readonly stoppedAt: (event: number) => Effect.Effect<string, never, Backend | FileSystem.FileSystem | Path.Path>
}

/** Runs that no fault struck, by their seeds. */
export type Whole = ReadonlyMap<number, Untouched>

const planSeeds = [1, 2]

export const whole = Effect.gen(function* () {
  const found = new Map<number, Untouched>()
  for (const seed of planSeeds) {
    const parent = yield* Files.temporary
    const struck = Fault.make(undefined)
    yield* Effect.andThen(train(`${parent}/run`, seed, struck), (exit) => exit)
    const stopped = new Set<string>()
    const stoppedAt = Effect.fnUntraced(function* (event: number) {
      const directory = `${parent}/${event}`
      if (!stopped.has(directory)) {
        stopped.add(directory)
        yield* train(directory, seed, Fault.make({ site: "event", what: "interrupted", after: event }))
      }
      return directory
    })
    const outcome = yield* Outcome.read(`${parent}/run`, { whole: false })
    found.set(seed, { outcome, counts: struck.counts, stoppedAt })
  }
  return found
})

/** Strikes one run with one fault, then lets it finish, and compares what comes of it with a run that nothing struck. */
export const strike = Effect.fnUntraced(function* (seed: number, whole: Whole) {
  const fs = yield* FileSystem.FileSystem
  const random = Random.make(seed, "fault")
  const planSeed = Fault.pick(random, planSeeds)
  const expected = whole.get(planSeed)
  if (expected === undefined) return yield* Effect.die("no run of this seed")
  const directory = `${yield* Files.temporary}/run`
  const before = tf.memory()

  // Half of the faults strike a run that is resumed.
  const resumed = random.below(2) === 0
  if (resumed) {
    yield* fs.copy(yield* expected.stoppedAt(random.below(expected.counts.event)), directory)
  }
  // A new run reads its images, and its log for the report.
  const fault = Fault.draw(random, resumed ? { ...expected.counts, read: 15 } : { ...expected.counts, read: 2 })
  const struck = Fault.make(fault)
  const exit = yield* train(directory, planSeed, struck)
  const ended = nameOf(exit)
  const memory = tf.memory()

  const { failed } = struck.seen
  const logFailed = failed.has("jsonl")
  let movedLog = false
  const finish = Effect.suspend(() => train(directory, planSeed, Fault.make(undefined)))
  let last = Exit.isSuccess(exit) && failed.size === 0 ? exit : yield* finish
  if (nameOf(last) === "EventLogError") {
    // As the error says: what the log lacks, it cannot get back.
    movedLog = true
    yield* fs.rename(`${directory}/events.jsonl`, `${directory}/../events.jsonl`)
    last = yield* finish
  }
  const problem = Effect.gen(function* () {
    if (ended.startsWith("died")) return ended
    if (ended === "interrupted" && !fault.what.includes("interrupted")) return "interrupted by nobody"
    for (const key of ["numTensors", "numDataBuffers"] as const) {
      if (memory[key] !== before[key]) return `${key}: ${before[key]} before, ${memory[key]} after`
    }
    if (Exit.isFailure(last)) return `cannot be resumed: ${Cause.pretty(last.cause)}`
    if (movedLog && !logFailed) return "the log is not whole, and nobody was told"
    const outcome = yield* Outcome.read(directory, { whole: false })
    return logFailed
      ? Outcome.difference({ ...expected.outcome, log: [] }, { ...outcome, log: [] })
      : Outcome.difference(expected.outcome, outcome)
  })
  return {
    seed,
    fault: `${fault.site}: ${fault.what}`,
    ended: `${ended}${movedLog ? ", told that the log is not whole" : ""}`,
    struck: struck.seen.struck,
    problem: yield* problem
  } satisfies Case
}, Effect.scoped)

/** Strikes runs until `count` faults have struck, the seed of the first being `seed`: those with even seeds on TensorFlow, those with odd ones on wasm. */
export const faults = (options: {
  readonly seed: number
  readonly count: number
  readonly onCase: (done: Case) => void
}) =>
  Effect.gen(function* () {
    const { count, seed } = options
    const cases = yield* Effect.forEach(backendNames, (name, first) =>
      Effect.gen(function* () {
        const mine = (seed + first) % 2
        const all: Array<Case> = []
        let left = Math.ceil((count - mine) / 2)
        if (left === 0) return all
        const runs = yield* whole
        for (let own = seed + mine; left > 0; own += 2) {
          const done: Case = yield* strike(own, runs)
          if (done.struck) left -= 1
          all.push(done)
          options.onCase(done)
        }
        return all
      }).pipe(Effect.scoped, Effect.provide(backends[name]))
    )
    return cases.flat()
  }).pipe(Effect.provide(Logger.layer([])))
