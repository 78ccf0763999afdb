import * as tf from "@tensorflow/tfjs-core"
import type { Tensors } from "../model/Tensors.js"

/** What an optimizer is given at a step; `gradients` and `slots` have the paths of `params`. */
export interface Update {
  readonly params: Tensors
  readonly gradients: Tensors
  readonly slots: Tensors
  readonly rate: number
}

/**
 * A pair of pure functions over tensors by path.
 *
 * **State** `slots` (momentum and the like) is returned, never kept. **Ownership** what `init` and `update` return belongs to the caller.
 */
export interface Optimizer {
  readonly init: (params: Tensors) => Tensors
  readonly update: (update: Update) => { readonly params: Tensors; readonly slots: Tensors }
}

/** Options of `sgd`; all default to 0 and off. */
export interface SgdOptions {
  readonly momentum?: number
  readonly nesterov?: boolean
  /** Added to the gradient as `weightDecay * parameter`, of every parameter. */
  readonly weightDecay?: number
}

/**
 * Stochastic gradient descent with momentum.
 *
 * `g += weightDecay * w; buffer = momentum * buffer + g; w -= rate * (nesterov ? g + momentum * buffer : buffer)`: the rate applies after the
 * buffer, as in PyTorch, so that a change of rate acts at once.
 *
 * @category optimizers
 */
export const sgd = (options?: SgdOptions): Optimizer => {
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options ?? {}
  return {
    init: (params) => (momentum === 0 ? {} : map(params, (value) => tf.zerosLike(value))),
    update: ({ params, gradients, slots, rate }) =>
      tf.tidy(() => {
        const [m, decay, lr] = [tf.scalar(momentum), tf.scalar(weightDecay), tf.scalar(rate)]
        const decayed = map(params, (value, path) =>
          weightDecay === 0 ? gradients[path]! : tf.add(gradients[path]!, tf.mul(value, decay))
        )
        const buffers = momentum === 0 ? {} : map(decayed, (g, path) => tf.add(tf.mul(slots[path]!, m), g))
        const direction = (path: string): tf.Tensor => {
          if (momentum === 0) return decayed[path]!
          return nesterov ? tf.add(decayed[path]!, tf.mul(buffers[path]!, m)) : buffers[path]!
        }
        return { params: map(params, (value, path) => tf.sub(value, tf.mul(direction(path), lr))), slots: buffers }
      })
  }
}

const map = (tensors: Tensors, f: (value: tf.Tensor, path: string) => tf.Tensor): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([path, value]) => [path, f(value, path)]))
