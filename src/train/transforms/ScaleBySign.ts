import type { Transform } from "../Transform.js"
import { elementwise } from "./Elementwise.js"
import { average } from "./Moments.js"

/**
 * Lion: the sign of a mean gradient, so each number moves by the learning rate: `update = sign(b1 mu + (1 - b1) g); mu = b2 mu + (1 - b2) g`.
 *
 * `betas` are by default [0.9, 0.99].
 *
 * **State** the slots "mu", initially zero. **Source** Chen et al. 2023, arXiv:2302.06675; `timm.optim.Lion`.
 *
 * @category transforms
 */
export const scaleBySign = ({ betas = [0.9, 0.99] }: { readonly betas?: readonly [number, number] } = {}): Transform =>
  elementwise({
    spec: { _tag: "ScaleBySign", betas },
    slots: { mu: 0 },
    formula:
      () =>
      (arithmetic, { gradient, slot }) => ({
        update: arithmetic.sign(average(arithmetic, slot("mu"), gradient, betas[0])),
        slots: { mu: average(arithmetic, slot("mu"), gradient, betas[1]) }
      })
  })
