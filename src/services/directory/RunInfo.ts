import { createRequire } from "node:module"
import * as os from "node:os"
import { Effect, FileSystem, Schema } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Preprocessing from "../../data/Preprocessing.js"
import type * as Plan from "../../train/Plan.js"
import * as PlanRecord from "../../train/PlanRecord.js"
import { withDefault } from "../../train/recipe/Fields.js"
import type { BackendReport } from "../backend/Backend.js"
import { FileError, fileError, writeAtomic } from "../files/Files.js"
import { seal, unseal } from "../files/Sealed.js"

/**
 * The result of a finished run: `weightDigest` is the SHA-256 of the tensors, `file` describes `weights.safetensors` as it was written.
 *
 * @category models
 */
export const Finished = Schema.Struct({
  step: Schema.Int,
  epochs: Schema.Int,
  weightDigest: Schema.String,
  file: Schema.Struct({ bytes: Schema.Int, sha256: Schema.String })
})
export type Finished = typeof Finished.Type

/**
 * The contents of `run.json`: versions, machine, git revision of the working directory, plan, preprocessing, and the result.
 *
 * @category models
 */
export const RunInfo = Schema.Struct({
  format: Schema.Literal(2),
  startedAt: Schema.String,
  seed: Schema.Int,
  versions: Schema.Struct({
    effectTensorflow: Schema.String,
    node: Schema.String,
    effect: Schema.String,
    tfjs: Schema.String,
    tensorflow: Schema.NullOr(Schema.String),
    /** The build of this library's kernels; `null` where those of the backend compute. */
    kernels: Schema.NullOr(Schema.String).pipe(withDefault(null))
  }),
  machine: Schema.Struct({
    cpu: Schema.String,
    cores: Schema.Int,
    memoryBytes: Schema.Int,
    system: Schema.String
  }),
  git: Schema.NullOr(Schema.Struct({ revision: Schema.String, changed: Schema.Boolean })),
  plan: PlanRecord.PlanRecord,
  preprocessing: Preprocessing.Preprocessing,
  /** `null` until the run has finished. */
  finished: Schema.NullOr(Finished)
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

/**
 * Describes this process and machine, for a run that starts now.
 *
 * @category constructors
 */
export const collect = Effect.fn("RunInfo.collect")(function* (options: {
  readonly startedAt: string
  readonly checked: Plan.Checked
  readonly report: Pick<BackendReport, "tensorflow" | "kernels">
}) {
  const cpus = os.cpus()
  const { plan } = options.checked
  const { dataset } = plan
  return {
    format: 2,
    startedAt: options.startedAt,
    seed: plan.seed,
    versions: {
      effectTensorflow: version("../../../package.json"),
      node: process.versions.node,
      effect: version("effect/package.json"),
      tfjs: version("@tensorflow/tfjs-core/package.json"),
      tensorflow: options.report.tensorflow,
      kernels: options.report.kernels
    },
    machine: {
      cpu: cpus[0]?.model.trim() ?? "unknown",
      cores: os.availableParallelism(),
      memoryBytes: os.totalmem(),
      system: `${os.platform()} ${os.release()} ${os.arch()}`
    },
    git: yield* git,
    plan: PlanRecord.of(options.checked),
    preprocessing: {
      dataset: dataset.name,
      task: dataset.train.task,
      classNames: dataset.classNames,
      ...dataset.train.shape,
      ...dataset.statistics
    },
    finished: null
  } satisfies RunInfo
})

/**
 * Writes `run.json`, with a checksum.
 *
 * @category files
 */
export const write = (path: string, info: RunInfo): Effect.Effect<void, FileError, FileSystem.FileSystem> =>
  writeAtomic(path, seal(Schema.encodeSync(codec)(info)))

/**
 * Reads `run.json`.
 *
 * **Errors** `FileError` if any byte has changed since it was written.
 *
 * @category files
 */
export const read = Effect.fn("RunInfo.read")(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(path).pipe(Effect.mapError(fileError(`could not read ${path}`)))
  const json = unseal(text)
  if (json === undefined) {
    return yield* new FileError({
      reason: `${path} is not as a run wrote it: its checksum differs, or it has none`,
      fix: "restore it from a copy, or read it with the version that wrote it"
    })
  }
  return yield* Schema.decodeUnknownEffect(codec)(json).pipe(
    Effect.mapError(
      (error) =>
        new FileError({
          reason: `${path} does not describe a run: ${error.message}`,
          fix: "read it with the version that wrote it"
        })
    )
  )
})
