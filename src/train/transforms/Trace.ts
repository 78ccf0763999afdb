import type { Transform } from "../Transform.js"
import { elementwise } from "./Elementwise.js"

/**
 * Momentum: `trace = momentum * trace + g`. The update is `trace`, or with `nesterov` `g + momentum * trace`.
 *
 * **State** the slots "trace", initially zero; no slots if the momentum is 0.
 *
 * @category transforms
 */
export const trace = (options: { readonly momentum: number; readonly nesterov?: boolean }): Transform => {
  const { momentum, nesterov = false } = options
  return elementwise({
    spec: { _tag: "Trace", momentum, nesterov },
    slots: momentum === 0 ? {} : { trace: 0 },
    formula:
      () =>
      ({ add, mul }, { gradient, slot }) => {
        if (momentum === 0) return { update: gradient, slots: {} }
        const trace = add(mul(slot("trace"), momentum), gradient)
        return { update: nesterov ? add(gradient, mul(trace, momentum)) : trace, slots: { trace } }
      }
  })
}
