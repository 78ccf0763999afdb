import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Config, Effect, Option } from "effect"
import * as UserDirectories from "effect/persistence/UserDirectories"
import { BackendError } from "./BackendError.js"

/** Which build of TensorFlow: for the CPU alone, or with CUDA (which also computes on the CPU). */
export type Variant = "cpu" | "gpu"

/** The versions that belong together. */
export const versions = { tfjsNode: "4.22.0", tensorflow: "2.21.0" } as const

/** The folder of the npm package `@tensorflow/tfjs-node-gpu` below `root`. */
export const packageIn = (root: string): string => join(root, "node_modules", "@tensorflow", "tfjs-node-gpu")

/** The addon's binary inside the npm package's folder `directory`; N-API 8 serves every Node from 16 on. */
export const binaryPath = (directory: string): string => join(directory, "lib", "napi-v8", "tfjs_binding.node")

/** The helper that keeps TensorFlow's start-up lines from the terminal; installations from before it lack it. */
export const stderrPath = (directory: string): string => join(directory, "lib", "napi-v8", "stderr.node")

/** Whether the npm package in `directory` has its binary. */
export const isBuilt = (directory: string): boolean =>
  existsSync(join(directory, "package.json")) && existsSync(binaryPath(directory))

/** An empty setting is as good as none. */
const setting = (name: string) =>
  Effect.map(
    Config.option(Config.String(name)),
    Option.filter((value) => value !== "")
  )

const unreadable = (error: Error): BackendError =>
  new BackendError({
    reason: `no folder for the native library: ${error.message}`,
    fix: "set EFFECT_TENSORFLOW_CACHE to a writable folder",
    cause: error
  })

/**
 * The per-user cache: `EFFECT_TENSORFLOW_CACHE`, else the platform's cache folder.
 *
 * **Errors** `BackendError` when the user has no home folder.
 */
export const cache: Effect.Effect<string, BackendError> = Effect.gen(function* () {
  const configured = yield* setting("EFFECT_TENSORFLOW_CACHE")
  if (Option.isSome(configured)) return configured.value
  return yield* UserDirectories.make().cache("effect-tensorflow")
}).pipe(Effect.mapError(unreadable))

const folder = (cacheFolder: string, library: string, variant: Variant): string =>
  join(cacheFolder, "native", `tfjs-${versions.tfjsNode}-${library}-${process.platform}-${process.arch}-${variant}`)

/** Where the installer puts a variant; one copy serves every project and every Node version of the user. */
export const installed = (cacheFolder: string, variant: Variant): string =>
  folder(cacheFolder, `tensorflow-${versions.tensorflow}`, variant)

/** Where it puts what tfjs-node's own installer, the last resort, gives: an older TensorFlow, which is not the one we test with. */
export const lastResort = (cacheFolder: string, variant: Variant): string => folder(cacheFolder, "own", variant)

/** A place where the addon may be, and how it came to be looked at. */
export interface Location {
  readonly from: "node_modules" | "EFFECT_TENSORFLOW_NATIVE" | "cache"
  readonly directory: string
}

const variantsFor: Record<"auto" | Variant, ReadonlyArray<Variant>> = {
  auto: ["gpu", "cpu"],
  cpu: ["cpu", "gpu"],
  gpu: ["gpu"]
}

/** The places to look for the addon, in order: what the user names, what the project has, what was installed for the user. */
export const candidates = (device: "auto" | Variant): Effect.Effect<ReadonlyArray<Location>, BackendError> =>
  Effect.gen(function* () {
    const configured = yield* setting("EFFECT_TENSORFLOW_NATIVE").pipe(Effect.mapError(unreadable))
    const cacheFolder = yield* cache
    const roots = [installed, lastResort].flatMap((place) =>
      variantsFor[device].map((variant) => place(cacheFolder, variant))
    )
    return [
      ...Option.toArray(configured).map(
        (root): Location => ({ from: "EFFECT_TENSORFLOW_NATIVE", directory: packageIn(root) })
      ),
      ...Option.toArray(ownPackage()).map((directory): Location => ({ from: "node_modules", directory })),
      ...roots.map((root): Location => ({ from: "cache", directory: packageIn(root) }))
    ]
  })

const ownPackage = (): Option.Option<string> =>
  Option.liftThrowable(() =>
    dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node-gpu/package.json"))
  )()
