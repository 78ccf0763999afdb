import * as tf from "@tensorflow/tfjs-core"
import * as Tape from "./Tape.js"

type Tensors = Readonly<Record<string, tf.Tensor>>

/** The result of a differentiated function: the scalar whose gradient is taken, and auxiliary tensors. */
export interface Objective<Aux extends Tensors> {
  readonly value: tf.Scalar
  readonly aux: Aux
}

/**
 * The value of `f` at `params`, its gradient with respect to each of them (zero where it does not depend on it), and its auxiliary tensors.
 *
 * **Ownership** the value and the gradients belong to the enclosing `tf.tidy`, zeros of one shape being one tensor; the auxiliary tensors
 * belong to the caller. When `f` throws, nothing is left.
 */
export const valueAndGradients = <Aux extends Tensors>(
  f: (params: Tensors) => Objective<Aux>,
  params: Tensors
): { readonly value: tf.Scalar; readonly gradients: Tensors; readonly aux: Aux } => {
  // The tape keeps one scalar of what the function makes, so the rest has to be held by hand.
  const held: Array<Aux> = []
  try {
    const forward = () => {
      const { aux, value } = f(params)
      for (const tensor of Object.values(aux)) tf.keep(tensor)
      held.push(aux)
      return value
    }
    const { grads, value } = tf.engine().gradients(forward, Object.values(params), undefined, true)
    const zeros = new Map<string, tf.Tensor>()
    const zero = (shape: Array<number>): tf.Tensor => {
      const key = shape.join("x")
      const known = zeros.get(key) ?? tf.zeros(shape)
      zeros.set(key, known)
      return known
    }
    const gradients = Object.fromEntries(
      Object.entries(params).map(([path, { shape }], i) => [path, grads[i] ?? zero(shape)])
    )
    const [aux] = held
    if (aux === undefined) throw new Error("the function was not called")
    return { value, gradients, aux }
  } catch (cause) {
    tf.dispose(held)
    Tape.discard()
    throw cause
  }
}
