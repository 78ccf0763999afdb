import * as Random from "../../src/internal/Random.js"
import type { Kernels } from "../../src/model/Kernels.js"

/** What layers and networks compute with, in either mode; all layers have the same random numbers. */
export const context = (kernels: Kernels, mode: "train" | "eval") =>
  mode === "eval" ? { kernels, mode } : { kernels, mode, noise: () => Random.make(0, "noise") }
