import { Cause, Effect, Exit, FileSystem, Logger, Result } from "effect"
import * as Random from "../src/internal/Random.js"
import * as RunDirectory from "../src/services/directory/RunDirectory.js"
import * as TrainedNetwork from "../src/services/directory/TrainedNetwork.js"
import * as CheckpointFormat from "../src/services/run/CheckpointFormat.js"
import { Checkpoints } from "../src/services/run/Checkpoints.js"
import * as EventLog from "../src/services/run/EventLog.js"
import { isDetermined } from "../src/train/TrainEvent.js"
import * as Fault from "./Fault.js"
import { train, type Whole } from "./Faults.js"
import * as Files from "./Files.js"
import * as Outcome from "./Outcome.js"

/** How often a file was altered in one way, and what was not found. */
export interface Altered {
  readonly what: string
  readonly count: number
  readonly missed: ReadonlyArray<string>
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array =>
  bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte))

const bits = [0, 1, 2, 3, 4, 5, 6, 7]

/** Flips bits of every byte of a file in turn, and cuts it at every length; `find` says why an alteration was not found. */
const alter = Effect.fnUntraced(function* <R>(
  what: string,
  bytes: Uint8Array,
  bitsOf: (at: number) => ReadonlyArray<number>,
  find: (altered: Uint8Array) => Effect.Effect<string | undefined, never, R>
) {
  const missed: Array<string> = []
  let flips = 0
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of bitsOf(at)) {
      flips++
      const problem = yield* find(flipped(bytes, at, bit))
      if (problem !== undefined) missed.push(`${what}, bit ${bit} of byte ${at}: ${problem}`)
    }
  }
  const cuts: Array<string> = []
  for (let length = 0; length < bytes.length; length++) {
    const problem = yield* find(bytes.subarray(0, length))
    if (problem !== undefined) cuts.push(`${what}, cut to ${length} bytes: ${problem}`)
  }
  return [
    { what: `${what} (${bytes.length} bytes): bits flipped`, count: flips, missed },
    { what: `${what}: cut short`, count: bytes.length, missed: cuts }
  ] satisfies ReadonlyArray<Altered>
})

const used = "was used"

/** Alters every byte of every kind of file that a run leaves, or one in `every`, as they are read. */
export const inMemory = Effect.fnUntraced(function* (options: { readonly seed: number; readonly every: number }) {
  const fs = yield* FileSystem.FileSystem
  const directory = `${yield* Files.temporary}/run`
  yield* Effect.andThen(train(directory, options.seed, Fault.make(undefined)), (exit) => exit)
  const run = yield* RunDirectory.open(directory)
  const { entries } = yield* Effect.flatMap(Checkpoints, ({ list }) => list).pipe(
    Effect.provide(Checkpoints.layerFileSystem(run.checkpoints))
  )
  const entry = entries.at(-1)
  if (entry === undefined) return yield* Effect.die("a finished run has no checkpoint")
  const { manifest } = entry
  const random = Random.make(options.seed, "bits")
  const sampled = (of: ReadonlyArray<number>) => (at: number) => (at % options.every === 0 ? of : [])
  const one = (at: number) => (at % options.every === 0 ? [random.below(8)] : [])

  const manifests = yield* alter(
    "manifest.json",
    yield* fs.readFile(`${entry.location}/manifest.json`),
    sampled(bits),
    (bytes) =>
      Effect.map(Effect.exit(CheckpointFormat.decodeManifest("altered", text(bytes))), (read) =>
        Exit.isSuccess(read) ? used : undefined
      )
  )
  const tensors = yield* alter(
    "tensors.safetensors",
    yield* fs.readFile(`${entry.location}/tensors.safetensors`),
    sampled(bits),
    (bytes) =>
      Effect.sync(() => (Result.isSuccess(CheckpointFormat.decode("altered", manifest, bytes)) ? used : undefined))
  )
  /** Uses the run's network while a file of it is altered. */
  const network = (path: string) => (bytes: Uint8Array) =>
    TrainedNetwork.ofRun(directory).pipe(
      Effect.provide(
        Files.layer({
          call: (_, make) => make,
          write: (_, all, write) => write(all),
          read: (call, read) => (call.path === path ? Effect.succeed(bytes) : read)
        })
      ),
      Effect.exit,
      Effect.map((exit) => (Exit.isSuccess(exit) ? used : Exit.hasDies(exit) ? "died" : undefined))
    )
  const weights = yield* alter("weights.safetensors", yield* fs.readFile(run.weights), one, network(run.weights))
  const infos = yield* alter("run.json", yield* fs.readFile(run.run), one, network(run.run))
  const log = yield* fs.readFile(run.events)
  const events = (yield* EventLog.read(run.events)).rest.map(Outcome.steadyEvent)
  const logs = yield* alter("events.jsonl", log, one, (bytes) =>
    Effect.sync(() => {
      const read = EventLog.decode(text(bytes), "altered")
      if (Result.isFailure(read) || read.success.cutLine !== null) return undefined
      // Cut at the end of a line, a log is that of an earlier moment, which is no damage unless a checkpoint is of a later one.
      const isEarlier = read.success.rest.every((event, i) => Outcome.steadyEvent(event) === events[i])
      if (bytes.length === log.length || !isEarlier) return used
      const rewound = EventLog.rewound(
        { ...read.success, path: "altered" },
        { step: manifest.progress.step, events: manifest.progress.events, location: "" }
      )
      const told = read.success.rest.filter(isDetermined).length
      return told < manifest.progress.events && Result.isSuccess(rewound) ? used : undefined
    })
  )
  return [...manifests, ...tensors, ...weights, ...infos, ...logs]
}, Effect.scoped)

/**
 * Alters one byte of a file of a stopped run, on the disk, and goes on with the run: it has to finish as if nothing had happened, from an older checkpoint and with
 * a warning; or refuse.
 */
export const onDisk = Effect.fnUntraced(function* (options: {
  readonly seed: number
  readonly count: number
  readonly whole: Whole
}) {
  const fs = yield* FileSystem.FileSystem
  const parent = yield* Files.temporary
  const [first] = options.whole
  if (first === undefined) return yield* Effect.die("no run to compare with")
  const [planSeed, { counts, outcome, stoppedAt }] = first
  const stopped = yield* stoppedAt(counts.event >> 1)
  const missed: Array<string> = []
  const ends: Array<string> = []
  for (let seed = options.seed; seed < options.seed + options.count; seed++) {
    const random = Random.make(seed, "on disk")
    const directory = `${parent}/${seed}`
    yield* fs.copy(stopped, directory)
    const checkpoints = (yield* fs.readDirectory(`${directory}/checkpoints`)).sort()
    const file = Fault.pick(random, [
      `checkpoints/${checkpoints.at(-1)}/manifest.json`,
      `checkpoints/${checkpoints.at(-1)}/tensors.safetensors`,
      "events.jsonl"
    ])
    const bytes = yield* fs.readFile(`${directory}/${file}`)
    const cut = random.below(3) === 0
    const at = random.below(bytes.length)
    const altered = cut ? bytes.subarray(0, at) : flipped(bytes, at, random.below(8))
    yield* fs.writeFile(`${directory}/${file}`, altered)
    const warnings: Array<string> = []
    const logger = Logger.make(({ message }) => void warnings.push(String(message)))
    const exit = yield* train(directory, planSeed, Fault.make(undefined)).pipe(Effect.provide(Logger.layer([logger])))
    const what = `${file.split("/").at(-1)}, ${cut ? "cut short" : "a bit flipped"}`
    if (Exit.isFailure(exit)) {
      if (Cause.hasDies(exit.cause)) missed.push(`${what} (seed ${seed}): ${Cause.pretty(exit.cause)}`)
      ends.push(`${what}: refused`)
      continue
    }
    const problem = Outcome.difference(outcome, yield* Outcome.read(directory, { whole: false }))
    const untold = file.startsWith("checkpoints") && !warnings.some((warning) => warning.includes("damaged"))
    if (problem !== undefined || untold) missed.push(`${what} (seed ${seed}): ${problem ?? "nobody was told"}`)
    ends.push(
      `${what}: ${file.startsWith("checkpoints") ? "told, an older checkpoint taken" : "as if nothing had happened"}`
    )
  }
  return { ends, missed }
}, Effect.scoped)
