import { Backend } from "../src/services/backend/Backend.js"

/** The backends that are tortured. */
<<<<<<< HEAD
=======
export const backendNames = ["tensorflow", "wasm"] as const
export type BackendName = (typeof backendNames)[number]

>>>>>>> torture
export const backends = {
  tensorflow: Backend.layerTensorFlow(),
  wasm: Backend.layerWasm
}
<<<<<<< HEAD
export type BackendName = keyof typeof backends
=======
>>>>>>> torture
