import { dirname } from "node:path"
import { Effect, FileSystem, type PlatformError } from "effect"
import type { ChildProcessSpawner } from "effect/process"
import { makeDirectories } from "../files/Files.js"
import { isAlive } from "../files/Process.js"
import { BackendError } from "./BackendError.js"
import * as Build from "./Build.js"
import * as Locations from "./Locations.js"
import * as Lock from "./Lock.js"
import * as Usable from "./Usable.js"

/**
 * What was installed, or found.
 *
 * @category models
 */
export interface Installed {
  readonly directory: string
  readonly variant: Locations.Variant
  /** `false` when it was there already. */
  readonly fresh: boolean
}

type Needs = FileSystem.FileSystem | ChildProcessSpawner.ChildProcessSpawner

/**
 * Puts TensorFlow and its addon for Node into the user's cache, once for all projects.
 *
 * Idempotent, and safe to do from several processes at once: it is built in another folder, which is renamed at the end. Progress is
 * logged.
 *
 * **Errors** `BackendError` whose `fix` says what to install or set.
 *
 * @category installing
 */
export const install = (options: { readonly gpu: boolean }): Effect.Effect<Installed, BackendError, Needs> =>
  Effect.gen(function* () {
    const variant = options.gpu ? "gpu" : "cpu"
    const cacheFolder = yield* Locations.cache
    const directory = Locations.installed(cacheFolder, variant)
    const present: Installed = { directory, variant, fresh: false }
    if (isInstalled(directory)) {
      yield* compileHelpers(Locations.packageIn(directory))
      return present
    }
    return yield* Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      yield* makeDirectories(dirname(directory))
      yield* Lock.hold(`${directory}.lock`, (owner) =>
        Effect.logInfo(`waiting for process ${owner.replace(" ", " on ")}, which is installing TensorFlow`)
      )
      if (isInstalled(directory)) return present
      yield* removeAbandoned(directory)
      const stage = `${directory}.${process.pid}.partial`
      yield* Effect.acquireRelease(fs.makeDirectory(stage), () =>
        Effect.ignore(fs.remove(stage, { recursive: true, force: true }))
      )
      const target = yield* fill(stage, { wheel: directory, tfjs: Locations.lastResort(cacheFolder, variant) }, variant)
      yield* fs.rename(stage, target).pipe(
        // Another process was faster, or the last resort was taken before.
        Effect.catch((error) => (isInstalled(target) ? Effect.void : Effect.fail(error)))
      )
      yield* removeAbandoned(directory)
      yield* Effect.logInfo(`TensorFlow is installed in ${target}`)
      return { ...present, directory: target, fresh: true }
    }).pipe(
      Effect.scoped,
      Effect.catchTag("PlatformError", (error) => Effect.fail(unwritable(directory, error)))
    )
  })

/**
 * Installs what `device` needs, unless the addon is in one of the places that it is loaded from.
 *
 * @category installing
 */
export const ensure = (device: "auto" | Locations.Variant): Effect.Effect<void, BackendError, Needs> =>
  Effect.gen(function* () {
    const [first] = yield* Usable.usable(device)
    if (first === undefined) yield* install({ gpu: device === "gpu" })
    else if (first.from === "cache") yield* compileHelpers(first.directory)
  })

/** What an installation may lack, because it was made by an earlier version or without a compiler. */
const compileHelpers = (directory: string) =>
  Effect.all([Build.compileStderr(directory), Build.compileKernels(directory)], { concurrency: 2, discard: true })

const isInstalled = (directory: string): boolean => Locations.isBuilt(Locations.packageIn(directory))

/** Fills the stage, and says which of the two folders it is to become. */
const fill = (
  stage: string,
  folders: { readonly wheel: string; readonly tfjs: string },
  variant: Locations.Variant
) => {
  const fromWheel = Effect.gen(function* () {
    yield* Effect.all(Build.tools, { discard: true })
    yield* Effect.logInfo(
      `fetching TensorFlow ${Locations.versions.tensorflow} (${variant === "gpu" ? "3 GB, with CUDA" : "274 MB"}) into the user's cache; this is done once`
    )
    yield* Effect.all([Build.fetchPackages(stage), Build.fetchWheels(stage, variant)], {
      concurrency: 2,
      discard: true
    })
    yield* Effect.logInfo("building TensorFlow's addon")
    yield* Build.compile(stage)
    yield* compileHelpers(Locations.packageIn(stage))
    yield* Build.check(stage)
    yield* Build.trim(stage)
    return folders.wheel
  })
  const fromTfjs = (first: BackendError) =>
    Effect.gen(function* () {
      yield* Effect.logWarning(
        `${first.message}\n  trying the last resort, the installer of tfjs-node: an older TensorFlow, with which this library is not tested`
      )
      const fs = yield* FileSystem.FileSystem
      yield* fs.remove(stage, { recursive: true, force: true })
      yield* fs.makeDirectory(stage)
      yield* Build.fetchPackages(stage)
      yield* Build.ownInstaller(stage).pipe(Effect.timeout("10 minutes"))
      yield* Build.check(stage)
      return folders.tfjs
    }).pipe(
      Effect.mapError(
        (second) =>
          new BackendError({
            reason: `${first.reason}\n  the installer of tfjs-node failed too: ${second.message.split("\n", 1)[0]}`,
            fix: first.fix,
            cause: second
          })
      )
    )
  return Build.isSupported
    ? Effect.catchTag(fromWheel, "BackendError", fromTfjs)
    : fromTfjs(
        new BackendError({
          reason: `no current TensorFlow is known to work on ${process.platform} ${process.arch}`,
          fix: "use Linux x64, or the wasm backend"
        })
      )
}

/** Folders that a killed installation left behind; its child processes may still be writing there, so that one try may fail. */
const removeAbandoned = (directory: string): Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const parent = dirname(directory)
    for (const name of yield* fs.readDirectory(parent)) {
      const pid = /\.(\d+)\.partial$/.exec(name)?.[1]
      if (pid !== undefined && !isAlive(Number(pid))) {
        yield* Effect.ignore(fs.remove(`${parent}/${name}`, { recursive: true }))
      }
    }
  })

const unwritable = (directory: string, error: PlatformError.PlatformError): BackendError =>
  new BackendError({
    reason: `cannot write ${directory}: ${error.message}`,
    fix: "make the folder writable and see that 4 GB are free there (10 GB for CUDA), or set EFFECT_TENSORFLOW_CACHE to another folder",
    cause: error
  })
