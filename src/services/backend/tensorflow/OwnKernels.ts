/** This library's kernels: an addon whose loading registers their operations with TensorFlow. */
import { existsSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { Effect } from "effect"
import * as KernelFiles from "../../native/KernelFiles.js"
import * as Locations from "../../native/Locations.js"
import * as Processor from "../../native/Processor.js"
import type { Addon } from "./Addon.js"

/** The build of the kernels that this process has loaded. */
export interface OwnKernels {
  readonly instructionSet: KernelFiles.InstructionSet
  readonly digest: string
}

/** As reports name it: the bits of a result depend on both. */
export const describe = ({ digest, instructionSet }: OwnKernels): string => `${instructionSet} ${digest}`

const require = createRequire(import.meta.url)

/**
 * Loads the kernels for this processor that are beside the addon, or gives those that this process has loaded; `null` where there are none, or where
 * TensorFlow uses a GPU.
 */
export const load = (addon: Addon): Effect.Effect<OwnKernels | null> =>
  Effect.try({
    try: () => {
      if (addon.usesGpu) return null
      const present = loaded()
      return present === undefined ? find(addon) : present
    },
    catch: (cause) => cause
  }).pipe(Effect.catch((cause) => Effect.as(Effect.logDebug(`the kernels do not load: ${cause}`), null)))

/** What is loaded. Operations cannot be registered twice, so that kernels of another version of this library keep ours out: then it is `null`. */
const loaded = (): OwnKernels | null | undefined => {
  const [found] = Object.keys(require.cache).flatMap((path) => KernelFiles.parse(path) ?? [])
  if (found === undefined) return undefined
  return found.digest === KernelFiles.digest() ? { instructionSet: found.set, digest: found.digest } : null
}

const find = (addon: Addon): OwnKernels | null => {
  const directory = addon.directory ?? directoryOfAddon()
  if (directory === undefined) return null
  const instructionSet = Processor.instructionSets().find((set) => existsSync(KernelFiles.pathOf(directory, set)))
  if (instructionSet === undefined) return null
  require(KernelFiles.pathOf(directory, instructionSet))
  return { instructionSet, digest: KernelFiles.digest() }
}

/** The npm package of the addon that other code has loaded. */
const directoryOfAddon = (): string | undefined => {
  const binary = Object.keys(require.cache).find((path) => basename(path) === basename(Locations.binaryPath("")))
  return binary === undefined ? undefined : join(dirname(binary), "..", "..")
}
