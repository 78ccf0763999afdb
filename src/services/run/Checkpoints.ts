import { Context, Effect, FileSystem, Layer, Option, Path, type PlatformError } from "effect"
import { type FileError, fileError, sweep, writeDirectoryAtomic } from "../files/Files.js"
import {
  type Checkpoint,
  CheckpointError,
  damaged,
  decode,
  decodeManifest,
  encode,
  type Files,
  type Manifest
} from "./CheckpointFormat.js"

/**
 * A checkpoint without its tensors.
 *
 * @category models
 */
export interface Entry {
  readonly name: string
  readonly location: string
  readonly manifest: Manifest
}

/**
 * All checkpoints, in the order of their steps, and the errors of those whose manifests are damaged.
 *
 * @category models
 */
export interface Listing {
  readonly entries: ReadonlyArray<Entry>
  readonly damaged: ReadonlyArray<CheckpointError>
}

/**
 * Stores the states of runs, so that they can be resumed after they were stopped or killed. A checkpoint holds the identity of its run, so several runs can share a layer.
 *
 * @category services
 */
export class Checkpoints extends Context.Service<
  Checkpoints,
  {
    /** Saves a state, whole or not at all, and gives its location. Of each run, the newest two remain, and those that its policies keep. */
    readonly save: (checkpoint: Checkpoint) => Effect.Effect<string, CheckpointError>
    readonly list: Effect.Effect<Listing, CheckpointError>
    /** **Errors** `CheckpointError` if any byte has changed since it was written. */
    readonly load: (entry: Entry) => Effect.Effect<Checkpoint, CheckpointError>
    /**
     * The newest undamaged checkpoint of a run. Damaged ones are skipped, with a warning.
     *
     * **Errors** `CheckpointError` if all checkpoints of the run are damaged.
     */
    readonly latest: (run: string) => Effect.Effect<Option.Option<Checkpoint>, CheckpointError>
    /**
     * The newest checkpoint that a run saved after `step` steps; none if it was not kept.
     *
     * **Errors** `CheckpointError` if it is damaged.
     */
    readonly ofStep: (run: string, step: number) => Effect.Effect<Option.Option<Checkpoint>, CheckpointError>
    /** The undamaged checkpoint of a run with the best validation score by the first metric of its plan (by the loss if it has none), the earliest of equals; none without a validation split. */
    readonly best: (run: string) => Effect.Effect<Option.Option<Checkpoint>, CheckpointError>
  }
>()("effect-tensorflow/services/Checkpoints") {
  /**
   * Stores checkpoints in memory, for the lifetime of the layer.
   *
   * @example
   * ```ts
   * import { Effect, Layer, Result } from "effect"
   * import { Dataset, ImageSet } from "effect-tensorflow/data"
   * import { Layers, type Network } from "effect-tensorflow/model"
   * import { Backend, Checkpoints, Reporters, Trainer } from "effect-tensorflow/services"
   * import { Plan } from "effect-tensorflow/train"
   *
   * const shape = { height: 1, width: 1, channels: 1 }
   * const images = Result.getOrThrow(ImageSet.make(shape, [0, 255, 10, 240], [0, 1, 0, 1]))
   * const dataset = Result.getOrThrow(Dataset.make({ name: "greys", classNames: ["dark", "light"], train: images, test: images }))
   * const network: Network.Network = {
   *   name: "linear",
   *   input: shape,
   *   classes: 2,
   *   body: Layers.chain(Layers.flatten, Layers.linear(1, 2))
   * }
   * const plan = Plan.make({ network, dataset }).pipe(Plan.batchSize(2), Plan.epochs(2))
   *
   * const program = Effect.gen(function* () {
   *   const { fit } = yield* Trainer
   *   const { list } = yield* Checkpoints
   *   yield* fit(plan)
   *   return (yield* list).entries.map(({ manifest }) => manifest.progress.step)
   * })
   *
   * const services = Layer.mergeAll(Backend.layerCpu, Checkpoints.layerMemory, Reporters.layerNone)
   * const live = Layer.provideMerge(Trainer.layer, services)
   * await Effect.runPromise(Effect.provide(program, live)) // => [2, 4]
   * ```
   */
  static readonly layerMemory: Layer.Layer<Checkpoints> = Layer.sync(Checkpoints, () => {
    const kept = new Map<string, Files>()
    return make({
      write: (name, files) => Effect.sync(() => void kept.set(name, files)),
      names: Effect.sync(() => [...kept.keys()]),
      location: (name) => `memory:${name}`,
      readManifest: (name) => Effect.sync(() => kept.get(name)?.manifest ?? ""),
      readTensors: (name) => Effect.sync(() => kept.get(name)?.tensors ?? new Uint8Array()),
      remove: (name) => Effect.sync(() => void kept.delete(name))
    })
  })

  /**
   * Stores each checkpoint in a folder below `directory`: `tensors.safetensors`, and `manifest.json` with the plan, the progress and checksums. A folder is written under
   * a temporary name, flushed, and renamed. The next save removes what a killed process left half-written.
   */
  static readonly layerFileSystem = (
    directory: string
  ): Layer.Layer<Checkpoints, never, FileSystem.FileSystem | Path.Path> =>
    Layer.effect(
      Checkpoints,
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const at = (...names: ReadonlyArray<string>) => path.join(directory, ...names)
        const unreadable = (name: string) => (error: PlatformError.PlatformError) =>
          fromFile(fileError(`could not read ${at(name)}`)(error))
        return make({
          write: (name, { manifest, tensors }) =>
            Effect.andThen(
              sweep(directory),
              writeDirectoryAtomic(at(name), [
                ["tensors.safetensors", tensors],
                ["manifest.json", manifest]
              ])
            ).pipe(Effect.provideService(FileSystem.FileSystem, fs), Effect.mapError(fromFile)),
          names: fs.readDirectory(directory).pipe(
            Effect.catchIf(
              ({ reason }) => reason._tag === "NotFound",
              () => Effect.succeed([])
            ),
            Effect.mapError(unreadable(""))
          ),
          location: (name) => at(name),
          readManifest: (name) => Effect.mapError(fs.readFileString(at(name, "manifest.json")), unreadable(name)),
          readTensors: (name) => Effect.mapError(fs.readFile(at(name, "tensors.safetensors")), unreadable(name)),
          remove: (name) => Effect.mapError(fs.remove(at(name), { recursive: true, force: true }), unreadable(name))
        })
      })
    )
}

const fromFile = (error: FileError): CheckpointError =>
  new CheckpointError({ reason: error.reason, fix: error.fix, cause: error })

/** Where the files of checkpoints are stored. */
interface Store {
  readonly write: (name: string, files: Files) => Effect.Effect<void, CheckpointError>
  readonly names: Effect.Effect<ReadonlyArray<string>, CheckpointError>
  readonly location: (name: string) => string
  readonly readManifest: (name: string) => Effect.Effect<string, CheckpointError>
  readonly readTensors: (name: string) => Effect.Effect<Uint8Array, CheckpointError>
  readonly remove: (name: string) => Effect.Effect<void, CheckpointError>
}

/** The newest and the one before it, in case the disk damages the newest. */
const keepLast = 2

/** Sorts by steps, then by events: after an epoch's last step there is a state before its evaluation and one after it. */
const nameOf = ({ progress, run }: Pick<Checkpoint, "progress" | "run">): string =>
  `step-${digits(progress.step)}-${digits(progress.events)}-${run.slice(0, 8)}`

/** Whether a name is that of a checkpoint, and not of one that is being written, or was when its process was killed. */
const isCheckpoint = (name: string): boolean => name.startsWith("step-") && !name.endsWith(".tmp")

const digits = (count: number): string => String(count).padStart(9, "0")

const make = (store: Store): Checkpoints["Service"] => {
  const list = Effect.gen(function* () {
    const names = (yield* store.names).filter(isCheckpoint).sort()
    const read = yield* Effect.forEach(names, (name) =>
      store.readManifest(name).pipe(
        Effect.mapError(({ reason }) => damaged(store.location(name), reason)),
        Effect.flatMap((text) => decodeManifest(store.location(name), text)),
        Effect.map((manifest): Entry => ({ name, location: store.location(name), manifest })),
        Effect.result
      )
    )
    return {
      entries: read.flatMap((result) => (result._tag === "Success" ? [result.success] : [])),
      damaged: read.flatMap((result) => (result._tag === "Failure" ? [result.failure] : []))
    } satisfies Listing
  })

  const load = Effect.fnUntraced(function* ({ location, manifest, name }: Entry) {
    const tensors = yield* Effect.mapError(store.readTensors(name), ({ reason }) => damaged(location, reason))
    return yield* Effect.fromResult(decode(location, manifest, tensors))
  })

  /** The first whole one of `entries`; `lost` are the others of the run that cannot even be listed. */
  const firstWhole = Effect.fnUntraced(function* (entries: ReadonlyArray<Entry>, lost: ReadonlyArray<CheckpointError>) {
    const failures = [...lost]
    for (const { message } of lost) yield* Effect.logWarning(message)
    for (const entry of entries) {
      const checkpoint = yield* Effect.result(load(entry))
      if (checkpoint._tag === "Success") return Option.some(checkpoint.success)
      failures.push(checkpoint.failure)
      yield* Effect.logWarning(`${checkpoint.failure.reason}; the one before it is taken`)
    }
    return failures.length === 0
      ? Option.none<Checkpoint>()
      : yield* new CheckpointError({
          reason: `no checkpoint of the run is whole:${failures.map(({ reason }) => `\n    ${reason}`).join("")}`,
          fix: "restore one of them from a copy, or start a new run in another directory"
        })
  })

  const byScore = (entries: ReadonlyArray<Entry>) =>
    entries
      .flatMap((entry) => {
        const { plan, validation } = entry.manifest
        if (validation === null) return []
        const [first] = plan.metrics
        const value = first === undefined ? validation.loss : (validation.metrics[first.name] ?? Number.NaN)
        const score = first?.goal === "max" ? value : -value
        return [{ entry, score: Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score }]
      })
      .sort((a, b) => b.score - a.score)
      .map(({ entry }) => entry)

  /** The last of the checkpoints of a step: after an epoch's last step that after its evaluation. */
  const atStep = (entries: ReadonlyArray<Entry>, step: number) =>
    entries.findLast(({ manifest }) => manifest.progress.step === step)

  const ofRun = (entries: ReadonlyArray<Entry>, run: string) => entries.filter(({ manifest }) => manifest.run === run)

  const save = Effect.fn("Checkpoints.save")(function* (checkpoint: Checkpoint) {
    const name = nameOf(checkpoint)
    yield* store.write(name, encode(checkpoint))
    const entries = ofRun((yield* list).entries, checkpoint.run)
    const steps = Object.values(checkpoint.kept).flat()
    const kept = [...entries.slice(-keepLast), ...steps.map((step) => atStep(entries, step))].map(
      (entry) => entry?.name
    )
    yield* Effect.forEach(entries, (entry) =>
      entry.name === name || kept.includes(entry.name) ? Effect.void : store.remove(entry.name)
    )
    return store.location(name)
  })

  return Checkpoints.of({
    save,
    list,
    load,
    latest: Effect.fnUntraced(function* (run) {
      const { damaged, entries } = yield* list
      return yield* firstWhole(ofRun(entries, run).toReversed(), damaged)
    }),
    ofStep: Effect.fnUntraced(function* (run, step) {
      const entry = atStep(ofRun((yield* list).entries, run), step)
      return entry === undefined ? Option.none() : Option.some(yield* load(entry))
    }),
    best: Effect.fnUntraced(function* (run) {
      const { damaged, entries } = yield* list
      const ranked = byScore(ofRun(entries, run))
      return ranked.length === 0 ? Option.none() : yield* firstWhole(ranked, damaged)
    })
  })
}
