import { Backend } from "../src/services/backend/Backend.js"

/** The backends that are tortured. */
export const backendNames = ["tensorflow", "wasm"] as const
export type BackendName = (typeof backendNames)[number]

export const backends = {
  tensorflow: Backend.layerTensorFlow(),
  wasm: Backend.layerWasm
}
