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
  /** Its kind and options in words: a run is not resumed with an optimizer of another name. */
  readonly name: string
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
    name: `sgd momentum ${momentum}${nesterov ? " nesterov" : ""} weightDecay ${weightDecay}`,
    init: (params) =>
      momentum === 0
        ? {}
        : Object.fromEntries(Object.entries(params).map(([path, value]) => [path, tf.zerosLike(value)])),
    update: ({ params, gradients, slots, rate }) =>
      tf.tidy(() => {
        const [m, decay, lr] = [tf.scalar(momentum), tf.scalar(weightDecay), tf.scalar(rate)]
        const advance: Advance = (value, gradient, old) => {
          const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(value, decay))
          const buffer = old === undefined ? undefined : tf.add(tf.mul(old, m), decayed)
          const direction = buffer === undefined ? decayed : nesterov ? tf.add(decayed, tf.mul(buffer, m)) : buffer
          return { value: tf.sub(value, tf.mul(direction, lr)), buffer }
        }
        return advanceAll(advance, { params, gradients, slots })
      })
  }
}

/** One step of one tensor; without momentum there is no buffer. */
type Advance = (
  value: tf.Tensor,
  gradient: tf.Tensor,
  buffer: tf.Tensor | undefined
) => { readonly value: tf.Tensor; readonly buffer: tf.Tensor | undefined }

/**
 * Advances every parameter, those alike but for their first dimension (vectors; the convolutions of a stage) joined along it:
 * a residual network has hundreds of tensors that are small, and each would cost its own half dozen calls.
 */
const advanceAll = (advance: Advance, { params, gradients, slots }: Omit<Update, "rate">) => {
  const next: { params: Record<string, tf.Tensor>; slots: Record<string, tf.Tensor> } = { params: {}, slots: {} }
  for (const paths of alike(params)) {
    const join = (tensors: Tensors): tf.Tensor => {
      const parts = paths.map((path) => tensors[path]!)
      return parts.length === 1 ? parts[0]! : tf.concat(parts)
    }
    const split = (joined: tf.Tensor): Array<tf.Tensor> =>
      paths.length === 1
        ? [joined]
        : tf.split(
            joined,
            paths.map((path) => params[path]!.shape[0]!)
          )
    const { buffer, value } = advance(join(params), join(gradients), paths[0]! in slots ? join(slots) : undefined)
    const values = split(value)
    const buffers = buffer === undefined ? undefined : split(buffer)
    paths.forEach((path, i) => {
      next.params[path] = values[i]!
      if (buffers !== undefined) next.slots[path] = buffers[i]!
    })
  }
  return next
}

/** The paths of tensors that can be joined along their first dimension. */
const alike = (params: Tensors): Iterable<ReadonlyArray<string>> => {
  const groups = new Map<string, Array<string>>()
  for (const [path, { shape }] of Object.entries(params)) {
    const key = shape.length === 0 ? path : shape.slice(1).join("x")
    groups.set(key, [...(groups.get(key) ?? []), path])
  }
  return groups.values()
}
