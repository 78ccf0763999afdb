import * as Airbench from "./Airbench.js"
import * as CifarResNet from "./CifarResNet.js"
import * as Mnist from "./Mnist.js"
import * as Seminar from "./Seminar.js"

/**
 * The named recipes: what each sets; the other fields keep their defaults.
 *
 * @example
 * ```ts
 * import { Presets, Recipe } from "effect-tensorflow/train"
 *
 * const recipe = Recipe.make({ ...Presets.presets["mnist-cnn"], epochs: 1 })
 *
 * recipe.dataset // => "mnist"
 * recipe.epochs // => 1
 * ```
 * @category presets
 */
export const presets = {
  ...Mnist.presets,
  ...Airbench.presets,
  ...CifarResNet.presets,
  ...Seminar.presets
}

/** @category presets */
export type PresetName = keyof typeof presets
