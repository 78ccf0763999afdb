import * as tf from "@tensorflow/tfjs-core"

/**
 * The value of `f` at `params`, and its gradient with respect to each of them: zero where it does not depend on it.
 *
 * **Ownership** what it gives belongs to the enclosing `tf.tidy`; zeros of one shape are one tensor.
 */
export const valueAndGradients = (
  f: (params: Readonly<Record<string, tf.Tensor>>) => tf.Scalar,
  params: Readonly<Record<string, tf.Tensor>>
): { readonly value: tf.Scalar; readonly gradients: Readonly<Record<string, tf.Tensor>> } => {
  const { grads, value } = tf.engine().gradients(() => f(params), Object.values(params), undefined, true)
  const zeros = new Map<string, tf.Tensor>()
  const zero = (shape: Array<number>): tf.Tensor => {
    const key = shape.join("x")
    const known = zeros.get(key) ?? tf.zeros(shape)
    zeros.set(key, known)
    return known
  }
  return {
    value,
    gradients: Object.fromEntries(Object.entries(params).map(([path, { shape }], i) => [path, grads[i] ?? zero(shape)]))
  }
}
