import * as tf from "@tensorflow/tfjs-core"
import type { Tensors } from "../model/Tensors.js"
import { mapTensors, tensorAt } from "./Transform.js"
import { globalNorm } from "./transforms/Norms.js"

/**
 * What a forward and a backward pass give: the mean loss, its gradients, the network's state after it and its outputs.
 *
 * **Ownership** the loss and the gradients belong to the enclosing `tf.tidy`, `kept` to the caller.
 */
export interface Computed {
  readonly loss: tf.Scalar
  readonly gradients: Tensors
  readonly kept: { readonly state: Tensors; readonly outputs: tf.Tensor }
}

/** Images with their targets. */
export interface Pairs {
  readonly images: tf.Tensor4D
  readonly targets: tf.Tensor2D
}

/** Computes a piece of a batch, the `index`-th, at the state that the piece before has left. */
export type ComputePiece = (pairs: Pairs, state: Tensors, index: number) => Computed

/** The number of images in the smallest piece of a batch. */
export const smallestPiece = (images: number, size: number): number =>
  size === 0 || size >= images ? images : images % size || size

/**
 * Computes a batch in pieces of `size` images, which takes the memory of one piece: losses and gradients are averaged by the pieces' numbers of images.
 *
 * Equal to the whole batch but for rounding, and for what a layer computes from the images of a batch together: a batch norm normalizes each piece by its
 * own statistics, and updates its running ones once for each piece.
 */
export const inPieces = (compute: ComputePiece, { images, targets }: Pairs, state: Tensors, size: number): Computed => {
  const count = images.shape[0]
  if (size === 0 || size >= count) return compute({ images, targets }, state, 0)
  const held: Array<Computed["kept"]> = []
  try {
    let sum: { readonly loss: tf.Scalar; readonly gradients: Tensors } | undefined
    for (let from = 0; from < count; from += size) {
      const length = Math.min(size, count - from)
      const before = held.at(-1)?.state ?? state
      const previous = sum
      sum = tf.tidy(() => {
        const piece = { images: sliceOf(images, from, length), targets: sliceOf(targets, from, length) }
        const { gradients, kept, loss } = compute(piece, before, held.length)
        held.push(kept)
        const share = tf.scalar(length / count)
        const added = (value: tf.Tensor, path?: string): tf.Tensor => {
          const part = tf.mul(value, share)
          const earlier = path === undefined ? previous?.loss : previous?.gradients[path]
          return earlier === undefined ? part : tf.add(earlier, part)
        }
        return {
          loss: tf.reshape(added(loss), []),
          gradients: Object.fromEntries(Object.entries(gradients).map(([path, value]) => [path, added(value, path)]))
        }
      })
      tf.dispose(previous)
    }
    const last = held.at(-1)
    if (sum === undefined || last === undefined) throw new Error("a batch has no images")
    const outputs = tf.keep(tf.concat(held.map(({ outputs }) => outputs)))
    for (const kept of held) tf.dispose(kept === last ? kept.outputs : [kept.outputs, ...Object.values(kept.state)])
    return { ...sum, kept: { state: last.state, outputs } }
  } catch (cause) {
    tf.dispose(held)
    throw cause
  }
}

const sliceOf = <T extends tf.Tensor>(tensor: T, from: number, length: number): T =>
  tf.slice(tensor, [from, ...tensor.shape.slice(1).map(() => 0)], [length, ...tensor.shape.slice(1)])

/**
 * Sharpness-aware minimization: the gradients where the loss is about the largest within `rho` of the parameters.
 *
 * @category models
 */
export interface Sharpness {
  /** The distance; 0 for none, which computes the gradients once, at the parameters. */
  readonly rho: number
  /** Measures the distance of each parameter in units of its size. */
  readonly adaptive: boolean
}

/**
 * Computes gradients at `w + e` in place of `w`: `e = rho g / |g|` or, if adaptive, `rho w^2 g / | w g |`. The loss, the state and the outputs are those at `w`.
 *
 * **Source** Foret et al. 2020, arXiv:2010.01412; Kwon et al. 2021, arXiv:2102.11600, adaptive; both as in davda54/sam.
 */
export const sharpnessAware = (
  compute: (values: Tensors) => Computed,
  values: Tensors,
  { adaptive, rho }: Sharpness
): Computed => {
  const here = compute(values)
  if (rho === 0) return here
  try {
    const scaled = (tensors: Tensors): Tensors =>
      adaptive ? mapTensors(tensors, (tensor, path) => tf.mul(tensor, tf.abs(tensorAt(values, path)))) : tensors
    const once = scaled(here.gradients)
    const factor = tf.div(rho, tf.add(globalNorm(once), 1e-12))
    const there = mapTensors(scaled(once), (step, path) => tf.add(tensorAt(values, path), tf.mul(step, factor)))
    const { gradients, kept } = compute(there)
    tf.dispose([kept.outputs, ...Object.values(kept.state)])
    return { ...here, gradients }
  } catch (cause) {
    tf.dispose([here.kept.outputs, ...Object.values(here.kept.state)])
    throw cause
  }
}
