import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform } from "../Transform.js"

/**
 * Multiplies the update of each parameter by its own factor; those without one stay as they are. The last transform of a chain: then it is a factor of the learning
 * rate.
 *
 * @category transforms
 */
export const scaleByPath = (factors: Readonly<Record<string, number>>): Transform => ({
  spec: { _tag: "ScaleByPath", factors },
  elementwise: false,
  init: () => ({}),
  update: (updates) => {
    const scalars = new Map([...new Set(Object.values(factors))].map((factor) => [factor, tf.scalar(factor)]))
    return [
      mapTensors(updates, (update, path) => {
        const scalar = scalars.get(factors[path] ?? 1)
        return scalar === undefined ? update : tf.mul(update, scalar)
      }),
      {}
    ]
  }
})
