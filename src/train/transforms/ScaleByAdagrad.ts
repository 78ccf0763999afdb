import type { Transform } from "../Transform.js"
import { elementwise } from "./Elementwise.js"

/**
 * Options of `scaleByAdagrad`.
 *
 * @category models
 */
export interface AdagradSum {
  /** What the sums begin with; default 0. */
  readonly initialSum?: number
  /** Added to the root; default 1e-10. */
  readonly epsilon?: number
}

/**
 * Adagrad: the gradient over the root of the sum of its squares so far, `sum = sum + g^2; update = g / (sqrt(sum) + epsilon)`.
 *
 * **State** the slots "sum". **Source** Duchi et al. 2011, JMLR 12; `torch.optim.Adagrad`.
 *
 * @category transforms
 */
export const scaleByAdagrad = ({ epsilon = 1e-10, initialSum = 0 }: AdagradSum = {}): Transform =>
  elementwise({
    spec: { _tag: "ScaleByAdagrad", initialSum, epsilon },
    slots: { sum: initialSum },
    formula:
      () =>
      ({ add, div, mul, sqrt }, { gradient, slot }) => {
        const sum = add(slot("sum"), mul(gradient, gradient))
        return { update: div(gradient, add(sqrt(sum), epsilon)), slots: { sum } }
      }
  })
