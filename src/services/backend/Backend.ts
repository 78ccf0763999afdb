import { createRequire } from "node:module"
import { availableParallelism, cpus } from "node:os"
import { dirname } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as tf from "@tensorflow/tfjs-core"
import { Context, Effect, Layer } from "effect"
import type { Kernels } from "../../model/Kernels.js"
import { reference } from "../../model/ReferenceKernels.js"
import { BackendError } from "../native/BackendError.js"
import * as NativeInstall from "../native/NativeInstall.js"
import * as Processor from "../native/Processor.js"
import * as Addon from "./tensorflow/Addon.js"
import * as OwnKernels from "./tensorflow/OwnKernels.js"
import * as TensorFlow from "./tensorflow/TensorFlow.js"
import * as TensorFlowKernels from "./tensorflow/TensorFlowKernels.js"
import * as ConvolutionGradients from "./wasm/ConvolutionGradients.js"
import * as MaxPoolGradient from "./wasm/MaxPoolGradient.js"

/**
 * What computes: the backend's name, TensorFlow's version, the device and settings.
 *
 * @category models
 */
export interface BackendReport {
  readonly backend: "tensorflow" | "wasm" | "cpu"
  readonly tensorflow: string | null
  readonly onednn: boolean
  readonly device: string
  /** Extensions of the processor that kernels are chosen by, and what caps them. */
  readonly instructions: string
  readonly threads: number
  /** The build of this library's kernels, such as `avx2 0123abcd`; `null` where those of the backend compute. */
  readonly kernels: string | null
}

/**
 * The tensor backend: kernels, a report of the device, memory gauges. Building its layer loads and selects the backend.
 *
 * tfjs selects one backend per process, so a program uses one of these layers.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Backend } from "effect-tensorflow/services"
 *
 * const program = Effect.gen(function* () {
 *   const { report } = yield* Backend
 *   return report.backend
 * })
 *
 * await Effect.runPromise(Effect.provide(program, Backend.layerWasm)) // => "wasm"
 * ```
 *
 * @category services
 */
export class Backend extends Context.Service<
  Backend,
  {
    readonly report: BackendReport
    readonly kernels: Kernels
    /** The tensors and bytes alive now, in the whole process. */
    readonly memory: () => tf.MemoryInfo
  }
>()("effect-tensorflow/services/Backend") {
  /**
   * TensorFlow through the native addon, with this library's kernels where they are built.
   *
   * **Errors** `BackendError` when the addon is missing or does not load; nothing is installed here.
   */
  static readonly layerTensorFlow = (options?: TensorFlow.Options): Layer.Layer<Backend, BackendError> =>
    Layer.effect(
      Backend,
      Effect.gen(function* () {
        const addon = yield* TensorFlow.load(options)
        const own = options?.kernels === "tensorflow" ? null : yield* OwnKernels.load(addon)
        return yield* onTensorFlow(addon, own)
      })
    )

  /** The same; what is missing is installed into the user's cache first. */
  static readonly layerTensorFlowInstalled = (options?: TensorFlow.Options): Layer.Layer<Backend, BackendError> =>
    Layer.provide(
      Backend.layerTensorFlow(options),
      Layer.effectDiscard(
        Effect.suspend(() =>
          Addon.current() === undefined ? NativeInstall.ensure(options?.device ?? "auto") : Effect.void
        )
      )
    ).pipe(Layer.provide(NodeServices.layer))

  /** WebAssembly with SIMD, one thread. Nothing needs to be installed; a few times slower than TensorFlow. */
  static readonly layerWasm: Layer.Layer<Backend, BackendError> = Layer.effect(
    Backend,
    Effect.gen(function* () {
      yield* attempt("load the wasm backend", async () => {
        await registerGradients()
        const wasm = await import("@tensorflow/tfjs-backend-wasm")
        const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm")
        wasm.setWasmPaths(`${dirname(entry)}/`)
      })
      yield* select("wasm")
      if (tf.getKernel(tf.Conv2DBackpropFilter, "wasm") === undefined) {
        ConvolutionGradients.register()
        MaxPoolGradient.register()
      }
      return plain("wasm")
    })
  )

  /** Plain JavaScript, for tests of a few tensors. */
  static readonly layerCpu: Layer.Layer<Backend, BackendError> = Layer.effect(
    Backend,
    Effect.gen(function* () {
      yield* attempt("load the JavaScript backend", registerGradients)
      yield* select("cpu")
      return plain("cpu")
    })
  )

  /** TensorFlow if it loads, else wasm, with a warning that says why. */
  static readonly layer: Layer.Layer<Backend, BackendError> = Backend.layerTensorFlow().pipe(
    Layer.catchTag("BackendError", (error) =>
      Layer.provideMerge(
        Backend.layerWasm,
        Layer.effectDiscard(Effect.logWarning(`computing with wasm, slowly: ${error.message}`))
      )
    )
  )
}

const onTensorFlow = (
  addon: Addon.Addon,
  own: OwnKernels.OwnKernels | null
): Effect.Effect<Backend["Service"], BackendError> =>
  Effect.as(
    select("tensorflow"),
    Backend.of({
      report: {
        backend: "tensorflow",
        tensorflow: addon.version,
        onednn: process.env.TF_ENABLE_ONEDNN_OPTS === "1",
        device: addon.usesGpu ? "gpu" : processor(),
        instructions: Processor.instructions(),
        threads: Number(process.env.TF_NUM_INTRAOP_THREADS ?? availableParallelism()),
        kernels: own && OwnKernels.describe(own)
      },
      kernels: TensorFlowKernels.make(addon, own?.instructionSet ?? null),
      memory: tf.memory
    })
  )

const plain = (backend: "wasm" | "cpu"): Backend["Service"] =>
  Backend.of({
    report: {
      backend,
      tensorflow: null,
      onednn: false,
      device: processor(),
      instructions: Processor.instructions(),
      threads: 1,
      kernels: null
    },
    kernels: reference,
    memory: tf.memory
  })

const processor = (): string => cpus()[0]?.model.trim() ?? process.arch

/** Gradients and the JavaScript backend come with tfjs, which the addon brings too; tfjs-core alone has neither. */
const registerGradients = async (): Promise<void> => {
  if (tf.getGradient("Conv2D") === undefined) await import("@tensorflow/tfjs")
}

const select = (name: string): Effect.Effect<void, BackendError> =>
  attempt(`select the ${name} backend`, async () => {
    if (!(await tf.setBackend(name))) throw new Error("tfjs refused it")
    // The first upload makes the JavaScript backend recommend tfjs-node.
    Addon.withoutWarnings(() => tf.tensor1d([0]).dispose())
  })

const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, BackendError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      new BackendError({
        reason: `cannot ${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
        fix: "reinstall the dependencies (`npm ci`); all @tensorflow packages must have the same version",
        cause
      })
  })
