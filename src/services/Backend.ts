import type * as tf from "@tensorflow/tfjs-core"
import { Context } from "effect"
import type { Kernels } from "../model/Kernels.js"

/** What computes: its name, versions, device and settings, as found. */
export interface BackendReport {
  readonly backend: "tensorflow" | "wasm" | "cpu"
  readonly tensorflow: string | null
  readonly onednn: boolean
  readonly device: string
  readonly threads: number
}

/** The tensor backend: kernels, a report of the device, memory gauges. Building a layer of it loads and selects the backend. */
export class Backend extends Context.Service<
  Backend,
  {
    readonly report: BackendReport
    readonly kernels: Kernels
    /** Tensors and bytes alive now, in the whole process. */
    readonly memory: () => tf.MemoryInfo
  }
>()("effect-tensorflow/services/Backend") {}
