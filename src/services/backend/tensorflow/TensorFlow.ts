import { availableParallelism } from "node:os"
import { Effect } from "effect"
import { BackendError } from "../../native/BackendError.js"
import * as Locations from "../../native/Locations.js"
import * as Usable from "../../native/Usable.js"
import * as Addon from "./Addon.js"

/** How to load TensorFlow. */
export interface Options {
  /** `auto` takes a GPU when the library and the machine have one. */
  readonly device?: "auto" | "cpu" | "gpu"
  /** Threads of one operation; as many as there are cores when left out. */
  readonly threads?: number
  /** `auto` computes with this library's kernels where they are built and TensorFlow uses no GPU; `tensorflow` always with TensorFlow's. */
  readonly kernels?: "auto" | "tensorflow"
}

const install = (device: Options["device"]): string =>
  `run \`npx effect-tensorflow native install${device === "gpu" ? " --gpu" : ""}\`, or set EFFECT_TENSORFLOW_NATIVE to a folder with a built node_modules/@tensorflow/tfjs-node-gpu`

/**
 * Loads the addon, or gives the one that this process has loaded already.
 *
 * Looks into the folder named by `EFFECT_TENSORFLOW_NATIVE`, the project's `node_modules`, and the per-user cache, in this order. Another TensorFlow than
 * the one we test with is passed over in `node_modules`, and elsewhere used with a warning.
 */
export const load = (options: Options = {}): Effect.Effect<Addon.Addon, BackendError> =>
  Effect.gen(function* () {
    const device = options.device ?? "auto"
    const current = Addon.current()
    const addon = current ?? (yield* find(device, options.threads ?? availableParallelism()))
    if (device === "gpu" && !addon.usesGpu) {
      return yield* new BackendError({
        reason: `TensorFlow ${addon.version} sees no GPU${addon.directory === null ? "" : ` (${addon.directory})`}`,
        fix: 'run `npx effect-tensorflow native install --gpu`, check `nvidia-smi`, or ask for device "auto"'
      })
    }
    if (device === "cpu" && addon.usesGpu) {
      return yield* new BackendError({
        reason: "TensorFlow was already loaded by this process, with the GPU",
        fix: "ask for the CPU before anything loads TensorFlow, or set CUDA_VISIBLE_DEVICES=-1"
      })
    }
    return addon
  })

const find = Effect.fnUntraced(function* (device: "auto" | "cpu" | "gpu", threads: number) {
  const found = yield* Usable.usable(device)
  prepare(device, threads)
  const failures: Array<string> = []
  let cause: unknown
  for (const { from, directory } of found) {
    const attempt = yield* Effect.result(Effect.try({ try: () => Addon.load(directory), catch: (cause) => cause }))
    if (attempt._tag === "Success") {
      const { version } = attempt.success
      if (version !== Locations.versions.tensorflow) {
        yield* Effect.logWarning(
          `TensorFlow ${version} from ${directory} is not the one this library is tested with, ${Locations.versions.tensorflow}; its numbers and its speed may differ`
        )
      }
      return attempt.success
    }
    cause ??= attempt.failure
    failures.push(`${from} (${directory}): ${firstLine(attempt.failure)}`)
  }
  return yield* new BackendError({
    reason:
      failures.length === 0
        ? "TensorFlow's native library is not installed"
        : `TensorFlow's native library does not load from ${failures.join("; nor from ")}`,
    fix: install(device),
    ...(cause === undefined ? {} : { cause })
  })
})

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).split("\n", 1)[0]!

/** The library reads its environment once, while it loads. What the user has set stays. */
const prepare = (device: "auto" | "cpu" | "gpu", threads: number): void => {
  const { env } = process
  // Off by default on processors without AVX512_VNNI or AMX, where it still halves the time of a step.
  env.TF_ENABLE_ONEDNN_OPTS ??= "1"
  env.TF_NUM_INTRAOP_THREADS ??= String(threads)
  env.TF_NUM_INTEROP_THREADS ??= String(threads)
  env.TF_FORCE_GPU_ALLOW_GROWTH ??= "true"
  env.TF_CPP_MIN_LOG_LEVEL ??= "2"
  if (device === "cpu") env.CUDA_VISIBLE_DEVICES ??= "-1"
}
