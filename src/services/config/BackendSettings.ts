import { Effect, Layer } from "effect"
import { Backend } from "../backend/Backend.js"
import type { Settings } from "./RunConfig.js"

/**
 * The backend of the settings. TensorFlow is installed if it is missing; if that fails, "auto" uses wasm.
 *
 * @category layers
 */
export const layer = ({
  backend,
  device,
  kernels,
  threads
}: Pick<Settings, "backend" | "device" | "kernels" | "threads">) => {
  const tensorflow = Backend.layerTensorFlowInstalled({ device, kernels, ...(threads === null ? {} : { threads }) })
  switch (backend) {
    case "tensorflow":
      return tensorflow
    case "wasm":
      return Backend.layerWasm
    case "cpu":
      return Backend.layerCpu
    case "auto":
      return device === "gpu" ? tensorflow : orWasm(tensorflow)
  }
}

const orWasm = <E extends Error>(layer: Layer.Layer<Backend, E>) =>
  Layer.catch(layer, (error) =>
    Layer.provideMerge(
      Backend.layerWasm,
      Layer.effectDiscard(Effect.logWarning(`computing with wasm, slowly: ${error.message}`))
    )
  )
