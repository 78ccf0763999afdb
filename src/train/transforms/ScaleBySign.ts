import * as tf from "@tensorflow/tfjs-core"
import { mapTensors, type Transform } from "../Transform.js"
import { average, zeros } from "./Moments.js"

/**
 * Lion: the sign of a mean gradient, so each number moves by the learning rate: `update = sign(b1 mu + (1 - b1) g); mu = b2 mu + (1 - b2) g`.
 *
 * `betas` are by default [0.9, 0.99].
 *
 * **State** the slots "mu", initially zero. **Source** Chen et al. 2023, arXiv:2302.06675; `timm.optim.Lion`.
 *
 * @category transforms
 */
export const scaleBySign = ({
  betas = [0.9, 0.99]
}: {
  readonly betas?: readonly [number, number]
} = {}): Transform => ({
  spec: { _tag: "ScaleBySign", betas },
  elementwise: true,
  init: (params) => ({ mu: zeros(params) }),
  update: (gradients, slots) => {
    const updates = mapTensors(average(slots.mu, gradients, betas[0]), (mean) => tf.sign(mean))
    return [updates, { mu: average(slots.mu, gradients, betas[1]) }]
  }
})
