import { Backend } from "../src/services/backend/Backend.js"

/** The backends that are tortured. */
export const backends = {
  tensorflow: Backend.layerTensorFlow(),
  wasm: Backend.layerWasm
}
export type BackendName = keyof typeof backends
