import { Backend } from "../../src/services/backend/Backend.js"

/** Every backend that the tests run on. */
export const backends = {
  tensorflow: Backend.layerTensorFlow(),
  "tensorflow's own kernels": Backend.layerTensorFlow({ kernels: "tensorflow" }),
  wasm: Backend.layerWasm,
  cpu: Backend.layerCpu
}
