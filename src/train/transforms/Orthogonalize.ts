import * as tf from "@tensorflow/tfjs-core"
import type { Tensors } from "../../model/Tensors.js"
import { PartError } from "../TrainError.js"
import { mapTensors, type Transform, tensorAt } from "../Transform.js"
import { matrix, norm } from "./Norms.js"

/**
 * How the orthogonal update of a matrix of `inputs` and `outputs` is scaled: "original" by `sqrt(max(1, outputs / inputs))`, "adamw" by
 * `0.2 sqrt(max(inputs, outputs))`, about the size of AdamW's updates, so that its rates fit; "none" not at all.
 *
 * **Source** `torch.optim.Muon`, `adjust_lr_fn` "original" and "match_rms_adamw".
 *
 * @category models
 */
export type MuonScale = "original" | "adamw" | "none"

/**
 * Options of `orthogonalize`.
 *
 * @category models
 */
export interface Orthogonal {
  /** Rounds of the iteration; default 5. */
  readonly rounds?: number
  /** Default "original". */
  readonly scale?: MuonScale
}

/**
 * Replaces each matrix by the nearest one with orthogonal rows or columns, roughly: its singular values become about 0.7 to 1.2.
 *
 * By `rounds` of a Newton-Schulz iteration from `X = G / |G|`: `A = X X'; X = 3.4445 X + (-4.7750 A + 2.0315 A A) X`, in float32. The matrix of a
 * convolution has a row for each output and a column for each input and tap of the kernel. Ours is stored as the transpose with its columns in another
 * order (HWIO), of which the iteration gives the transpose in that order, so nothing is moved.
 *
 * **Errors** throws a `PartError` for a vector: norms and biases need another part of a `partition`.
 * **Source** Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; `torch.optim.Muon`, which computes it in bfloat16.
 *
 * @category transforms
 */
export const orthogonalize = ({ rounds = 5, scale = "original" }: Orthogonal = {}): Transform => ({
  spec: { _tag: "Orthogonalize", rounds, scale },
  elementwise: false,
  init: (params) => {
    refuseVectors(params)
    return {}
  },
  update: (gradients) => [
    mapTensors(gradients, (gradient) => {
      const whole = matrix(gradient)
      const [inputs, outputs] = whole.shape
      return tf.reshape(tf.mul(iterate(whole, rounds), factors[scale](inputs, outputs)), gradient.shape)
    }),
    {}
  ]
})

const factors: Readonly<Record<MuonScale, (inputs: number, outputs: number) => number>> = {
  original: (inputs, outputs) => Math.sqrt(Math.max(1, outputs / inputs)),
  adamw: (inputs, outputs) => 0.2 * Math.sqrt(Math.max(inputs, outputs)),
  none: () => 1
}

/** The rounds on the smaller side: `X X'` of a wide matrix, `X' X` of a tall one. */
const iterate = (whole: tf.Tensor2D, rounds: number): tf.Tensor =>
  tf.tidy(() => {
    const [rows, columns] = whole.shape
    const isTall = rows > columns
    let x: tf.Tensor = tf.div(whole, tf.maximum(norm(whole), 1e-7))
    for (let i = 0; i < rounds; i++) {
      x = tf.tidy(() => {
        const a = isTall ? tf.matMul(x, x, true) : tf.matMul(x, x, false, true)
        const b = tf.add(tf.mul(a, -4.775), tf.mul(tf.matMul(a, a), 2.0315))
        return tf.add(tf.mul(x, 3.4445), isTall ? tf.matMul(x, b) : tf.matMul(b, x))
      })
    }
    return x
  })

const refuseVectors = (params: Tensors): void => {
  const vector = Object.entries(params).find(([, { rank }]) => rank < 2)
  if (vector !== undefined) {
    throw new PartError({
      part: "optimizer",
      reason: `cannot orthogonalize ${vector[0]} of shape [${vector[1].shape.join(", ")}]: Muon updates matrices and kernels of convolutions`,
      fix: "give norms and biases another part: Optimizer.partition(Optimizer.byParameter(network, ...), { matrices: Optimizer.muon(), others: Optimizer.adamw() })"
    })
  }
}

/**
 * Rescales each parameter to the norm `sqrt(outputs)` before its update is added: the last transform of a chain, after the learning rate.
 *
 * **Source** airbench94_muon.py of KellerJordan/cifar10-airbench, whose batch norms make the scale of a kernel irrelevant.
 *
 * @category transforms
 */
export const renormalize: Transform = {
  spec: { _tag: "Renormalize" },
  elementwise: false,
  init: () => ({}),
  update: (updates, _, { params }) => [
    mapTensors(updates, (update, path) => {
      const value = tensorAt(params, path)
      const change = tf.sub(tf.div(Math.sqrt(value.shape.at(-1) ?? 1), norm(value)), 1)
      return tf.add(update, tf.mul(value, change))
    }),
    {}
  ]
}
