import { Context, Effect, FileSystem, Layer, Option, Path, type PlatformError } from "effect"
import { fileError, writeAtomic } from "../files/Files.js"
import { type Checkpoint, CheckpointError, decode, decodeManifest, encode, type Manifest } from "./CheckpointFormat.js"

/** A checkpoint as far as its manifest tells. */
export interface Entry {
  readonly location: string
  readonly manifest: Manifest
}

/** Keeps the states of one run, so that it can go on after it was stopped or killed. */
export class Checkpoints extends Context.Service<
  Checkpoints,
  {
    /** Keeps a state whole or not at all, and says where. */
    readonly save: (checkpoint: Checkpoint) => Effect.Effect<string, CheckpointError>
    /** Those there are, by step; ones whose manifest cannot be read are left out. */
    readonly list: Effect.Effect<ReadonlyArray<Entry>, CheckpointError>
    readonly load: (entry: Entry) => Effect.Effect<Checkpoint, CheckpointError>
    /** The newest that is whole. */
    readonly latest: Effect.Effect<Option.Option<Checkpoint>, CheckpointError>
    /** The whole one of the highest validation accuracy, the earliest of equals; none where no split was set apart. */
    readonly best: Effect.Effect<Option.Option<Checkpoint>, CheckpointError>
  }
>()("effect-tensorflow/services/Checkpoints") {
  /** Keeps them in memory, for as long as the layer lives. */
  static readonly layerMemory: Layer.Layer<Checkpoints> = Layer.sync(Checkpoints, () => {
    const kept = new Map<string, { readonly manifest: string; readonly tensors: Uint8Array }>()
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
   * Keeps each in a folder of its own under `directory`: `tensors.safetensors`, and `manifest.json` with a format version, the progress and a
   * checksum. A folder is written under another name, flushed, and renamed.
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
        const files = { manifest: "manifest.json", tensors: "tensors.safetensors" }
        return make({
          write: (name, content) =>
            Effect.gen(function* () {
              const temporary = `.${name}.${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`
              yield* fs.makeDirectory(at(temporary), { recursive: true }).pipe(
                Effect.mapError(fileError(`could not make ${at(temporary)}`)),
                Effect.andThen(writeAtomic(at(temporary, files.tensors), content.tensors)),
                Effect.andThen(writeAtomic(at(temporary, files.manifest), content.manifest)),
                Effect.andThen(
                  fs
                    .remove(at(name), { recursive: true, force: true })
                    .pipe(
                      Effect.andThen(fs.rename(at(temporary), at(name))),
                      Effect.mapError(fileError(`could not write ${at(name)}`))
                    )
                ),
                Effect.onExit((exit) =>
                  exit._tag === "Success"
                    ? Effect.void
                    : Effect.ignore(fs.remove(at(temporary), { recursive: true, force: true }))
                ),
                Effect.provideService(FileSystem.FileSystem, fs)
              )
            }).pipe(Effect.mapError(({ fix, reason }) => new CheckpointError({ fix, reason }))),
          names: fs.readDirectory(directory).pipe(
            Effect.catchIf(
              (error) => error.reason._tag === "NotFound",
              () => Effect.succeed([])
            ),
            Effect.mapError(unreadable(directory))
          ),
          location: (name) => at(name),
          readManifest: (name) => Effect.mapError(fs.readFileString(at(name, files.manifest)), unreadable(at(name))),
          readTensors: (name) => Effect.mapError(fs.readFile(at(name, files.tensors)), unreadable(at(name))),
          remove: (name) => Effect.mapError(fs.remove(at(name), { recursive: true, force: true }), unreadable(at(name)))
        })
      })
    )
}

/** Where the files of checkpoints lie. */
interface Store {
  readonly write: (
    name: string,
    files: { readonly manifest: string; readonly tensors: Uint8Array }
  ) => Effect.Effect<void, CheckpointError>
  readonly names: Effect.Effect<ReadonlyArray<string>, CheckpointError>
  readonly location: (name: string) => string
  readonly readManifest: (name: string) => Effect.Effect<string, CheckpointError>
  readonly readTensors: (name: string) => Effect.Effect<Uint8Array, CheckpointError>
  readonly remove: (name: string) => Effect.Effect<void, CheckpointError>
}

/** The newest and the one before it, in case the disk damages the newest; and the best. */
const kept = 2

const make = (store: Store): Checkpoints["Service"] => {
  const nameOf = (step: number) => `step-${String(step).padStart(9, "0")}`

  const list = Effect.gen(function* () {
    const names = (yield* store.names).filter((name) => /^step-\d+$/.test(name)).sort()
    const entries = yield* Effect.forEach(names, (name) =>
      store.readManifest(name).pipe(
        Effect.flatMap((text) => decodeManifest(store.location(name), text)),
        Effect.map((manifest): Entry => ({ location: store.location(name), manifest })),
        Effect.option
      )
    )
    return entries.flatMap((entry) => (Option.isSome(entry) ? [entry.value] : []))
  })

  const load = Effect.fnUntraced(function* ({ location, manifest }: Entry) {
    const bytes = yield* store.readTensors(nameOf(manifest.progress.step))
    return yield* Effect.fromResult(decode(location, manifest, bytes))
  })

  const firstWhole = (entries: ReadonlyArray<Entry>) =>
    Effect.gen(function* () {
      for (const entry of entries) {
        const checkpoint = yield* Effect.option(load(entry))
        if (Option.isSome(checkpoint)) return checkpoint
        yield* Effect.logWarning(`checkpoint ${entry.location} is damaged; taking another`)
      }
      return Option.none<Checkpoint>()
    })

  const byAccuracy = (entries: ReadonlyArray<Entry>) =>
    entries
      .flatMap((entry) =>
        entry.manifest.validation === null ? [] : [{ entry, accuracy: entry.manifest.validation.accuracy }]
      )
      .sort((a, b) => b.accuracy - a.accuracy)
      .map(({ entry }) => entry)

  const save = Effect.fn("Checkpoints.save")(function* (checkpoint: Checkpoint) {
    const name = nameOf(checkpoint.progress.step)
    yield* store.write(name, encode(checkpoint))
    const entries = yield* list
    const best = byAccuracy(entries)[0]
    yield* Effect.forEach(entries.slice(0, -kept), (entry) =>
      entry === best ? Effect.void : store.remove(nameOf(entry.manifest.progress.step))
    )
    return store.location(name)
  })

  return Checkpoints.of({
    save,
    list,
    load,
    latest: Effect.flatMap(list, (entries) => firstWhole(entries.toReversed())),
    best: Effect.flatMap(list, (entries) => firstWhole(byAccuracy(entries)))
  })
}

const unreadable =
  (what: string) =>
  (error: PlatformError.PlatformError): CheckpointError => {
    const { fix, reason } = fileError(`could not read ${what}`)(error)
    return new CheckpointError({ fix, reason })
  }
