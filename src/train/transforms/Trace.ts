import * as tf from "@tensorflow/tfjs-core"
import type { Tensors } from "../../model/Tensors.js"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"

/**
 * Momentum: `trace = momentum * trace + g`. The update is `trace`, or with `nesterov` `g + momentum * trace`.
 *
 * **State** the slots "trace", initially zero; no slots if the momentum is 0.
 *
 * @category transforms
 */
export const trace = (options: { readonly momentum: number; readonly nesterov?: boolean }): Transform => {
  const { momentum, nesterov = false } = options
  return {
    spec: { _tag: "Trace", momentum, nesterov },
    elementwise: true,
    init: (params): Readonly<Record<string, Tensors>> =>
      momentum === 0 ? {} : { trace: mapTensors(params, (value) => tf.zerosLike(value)) },
    update: (gradients, slots) => {
      if (momentum === 0) return [gradients, slots]
      const m = tf.scalar(momentum)
      const trace = mapTensors(gradients, (gradient, path) => tf.add(tf.mul(tensorAt(slots.trace, path), m), gradient))
      const updates = nesterov
        ? mapTensors(gradients, (gradient, path) => tf.add(gradient, tf.mul(tensorAt(trace, path), m)))
        : trace
      return [updates, { trace }]
    }
  }
}
