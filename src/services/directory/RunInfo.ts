import { createRequire } from "node:module"
import * as os from "node:os"
import { Effect, FileSystem, Schema } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { FileError, fileError, writeAtomic } from "../files/Files.js"

/** What made a run: the versions, the machine, the seed, the revision of the code in the working directory, and the weights that came out. */
export const RunInfo = Schema.Struct({
  format: Schema.Literal(1),
  startedAt: Schema.String,
  seed: Schema.Int,
  versions: Schema.Struct({
    effectTensorflow: Schema.String,
    node: Schema.String,
    effect: Schema.String,
    tfjs: Schema.String,
    tensorflow: Schema.NullOr(Schema.String)
  }),
  machine: Schema.Struct({
    cpu: Schema.String,
    cores: Schema.Int,
    memoryBytes: Schema.Int,
    system: Schema.String
  }),
  git: Schema.NullOr(Schema.Struct({ revision: Schema.String, changed: Schema.Boolean })),
  /** SHA-256 of the weights; null until the run has finished. */
  weightDigest: Schema.NullOr(Schema.String)
})
export type RunInfo = typeof RunInfo.Type

const codec = Schema.fromJsonString(RunInfo, { space: 2 })

const require = createRequire(import.meta.url)
const versionIn = Schema.decodeUnknownSync(Schema.Struct({ version: Schema.String }))
const version = (packageFile: string): string => versionIn(require(packageFile)).version

// No git, or no repository, is no reason not to train.
const git = Effect.gen(function* () {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const run = (...args: ReadonlyArray<string>) => spawner.string(ChildProcess.make("git", args, { stderr: "ignore" }))
  const revision = (yield* run("rev-parse", "HEAD")).trim()
  if (!/^[0-9a-f]{40,64}$/.test(revision)) return null
  return { revision, changed: (yield* run("status", "--porcelain", "--untracked-files=no")).trim() !== "" }
}).pipe(Effect.orElseSucceed(() => null))

/** Describes this process and machine for a run that begins now. */
export const collect = Effect.fn("RunInfo.collect")(function* (options: {
  readonly startedAt: string
  readonly seed: number
  readonly tensorflow: string | null
}) {
  const cpus = os.cpus()
  return {
    format: 1,
    startedAt: options.startedAt,
    seed: options.seed,
    versions: {
      effectTensorflow: version("../../../package.json"),
      node: process.versions.node,
      effect: version("effect/package.json"),
      tfjs: version("@tensorflow/tfjs-core/package.json"),
      tensorflow: options.tensorflow
    },
    machine: {
      cpu: cpus[0]?.model.trim() ?? "unknown",
      cores: os.availableParallelism(),
      memoryBytes: os.totalmem(),
      system: `${os.platform()} ${os.release()} ${os.arch()}`
    },
    git: yield* git,
    weightDigest: null
  } satisfies RunInfo
})

/** Writes `run.json`. */
export const write = (path: string, info: RunInfo): Effect.Effect<void, FileError, FileSystem.FileSystem> =>
  writeAtomic(path, `${Schema.encodeSync(codec)(info)}\n`)

/** Reads `run.json`. */
export const read = Effect.fn("RunInfo.read")(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(path).pipe(Effect.mapError(fileError(`could not read ${path}`)))
  return yield* Schema.decodeUnknownEffect(codec)(text).pipe(
    Effect.mapError(
      (error) =>
        new FileError({
          reason: `${path} is no description of a run: ${error.message}`,
          fix: "read it with the version that wrote it"
        })
    )
  )
})
