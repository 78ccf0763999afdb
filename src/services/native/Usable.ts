import { execFile } from "node:child_process"
import { Effect } from "effect"
import type { BackendError } from "./BackendError.js"
import * as Locations from "./Locations.js"

/**
 * The TensorFlow of the addon in `directory`, or `undefined` where it does not load.
 *
 * Another process loads it, because a process can load one addon only.
 */
const versionOf = (directory: string): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const program = "process.stdout.write(require(process.argv[1]).TF_Version)"
    const child = execFile(process.execPath, ["-e", program, Locations.binaryPath(directory)], (error, stdout) =>
      resume(Effect.succeed(error === null ? stdout : undefined))
    )
    return Effect.sync(() => child.kill())
  })

/** Of `locations` those with a built addon, without those of the project that have another TensorFlow than the one we test with. */
export const among = (locations: ReadonlyArray<Locations.Location>): Effect.Effect<ReadonlyArray<Locations.Location>> =>
  Effect.filter(locations, ({ directory, from }) => {
    if (!Locations.isBuilt(directory)) return Effect.succeed(false)
    // The folder in the cache is named for its version, and the one in the variable was asked for.
    if (from !== "node_modules") return Effect.succeed(true)
    return Effect.gen(function* () {
      const version = yield* versionOf(directory)
      if (version === Locations.versions.tensorflow) return true
      yield* Effect.logInfo(
        `passing over ${directory}, which ${version === undefined ? "does not load" : `has TensorFlow ${version}`}: ` +
          `tested is ${Locations.versions.tensorflow}; set EFFECT_TENSORFLOW_NATIVE to the folder above its node_modules to use it anyway`
      )
      return false
    })
  })

/** The addons that may be loaded, in the order in which they are tried. */
export const usable = (
  device: "auto" | Locations.Variant
): Effect.Effect<ReadonlyArray<Locations.Location>, BackendError> => Effect.flatMap(Locations.candidates(device), among)
