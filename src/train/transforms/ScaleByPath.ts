import type { Transform } from "../Transform.js"
import { elementwise } from "./Elementwise.js"

/**
 * Multiplies the update of each parameter by its own factor; those without one stay as they are. The last transform of a chain: then it is a factor of the learning
 * rate.
 *
 * @category transforms
 */
export const scaleByPath = (factors: Readonly<Record<string, number>>): Transform => ({
  ...elementwise({
    spec: { _tag: "ScaleByPath", factors },
    slots: {},
    formula:
      () =>
      ({ mul }, { gradient, path }) => {
        const factor = factors[path] ?? 1
        return { update: factor === 1 ? gradient : mul(gradient, factor), slots: {} }
      }
  }),
  // Tensors that are joined have one path.
  elementwise: false
})
