import * as tf from "@tensorflow/tfjs-core"
import type { Kernels } from "../model/Kernels.js"
import type { Tensors } from "../model/Tensors.js"
import type { Loss } from "./Loss.js"
import { guard, PartError } from "./TrainError.js"
import type { At, Slots, Transform } from "./Transform.js"

const describe = (value: unknown): string =>
  value instanceof tf.Tensor
    ? value.isDisposed
      ? "a tensor that was disposed of"
      : `a tensor of shape [${value.shape.join(", ")}]`
    : value === undefined || value === null
      ? "nothing"
      : `${typeof value === "object" ? "an" : "a"} ${typeof value}`

/**
 * The mean loss of a batch.
 *
 * **Errors** throws a `PartError` when the loss throws, frees what it is given, or gives anything but one number.
 */
export const meanLoss = (loss: Loss, outputs: tf.Tensor2D, targets: tf.Tensor2D, kernels: Kernels): tf.Scalar => {
  const value = guard("loss", () => loss.mean(outputs, targets, kernels))
  if (outputs.isDisposed || targets.isDisposed) {
    throw new PartError({
      part: "loss",
      reason: `disposed of the ${outputs.isDisposed ? "outputs" : "targets"} that it was given`,
      fix: "leave what the loss is given to the step; what it makes is freed for it"
    })
  }
  if (!(value instanceof tf.Tensor) || value.size !== 1 || value.isDisposed) {
    throw new PartError({
      part: "loss",
      reason: `gave ${describe(value)}; expected a scalar, the mean over the batch of ${targets.shape[0]}`,
      fix: "return the mean of the losses of the samples, a tensor of one number: `tf.mean(perSample)`"
    })
  }
  return value
}

/**
 * Runs what differentiates a loss.
 *
 * **Errors** throws a `PartError` when an operation of the loss, or of a custom layer, has no gradient.
 */
export const differentiated = <A>(run: () => A): A => {
  try {
    return run()
  } catch (cause) {
    const operation = /gradient function not found for (\w+)/.exec(cause instanceof Error ? cause.message : "")?.[1]
    if (operation === undefined) throw cause
    throw new PartError({
      part: "loss",
      reason: `cannot be differentiated: ${operation}, which it or a custom layer uses, has no gradient`,
      fix: "compute the loss from operations that have one; comparisons such as `tf.equal` have none",
      cause
    })
  }
}

/**
 * The slots that an optimizer begins with.
 *
 * **Errors** throws a `PartError` when `init` throws, or gives anything but groups of tensors.
 */
export const initialSlots = ({ init }: Transform, params: Tensors): Slots => {
  const slots = guard("optimizer", () => init(params))
  const fix = "return tensors by group and path, `{ trace: { [path]: tensor } }`, or `{}` where nothing is kept"
  for (const [group, tensors] of entries(slots, "init", fix)) {
    for (const [path, tensor] of entries(tensors, `init for the slot "${group}"`, fix)) {
      if (!isAlive(tensor)) throw gave(tensor, `init for the slot "${group}" of ${path}`, "a tensor", fix)
    }
  }
  return slots
}

/**
 * What an optimizer makes of gradients: updates, and the slots after them.
 *
 * **Errors** throws a `PartError` when `update` throws, or does not give an update for every parameter and a tensor for every slot, in their shapes.
 */
export const update = (
  transform: Transform,
  gradients: Tensors,
  slots: Slots,
  at: At
): readonly [updates: Tensors, slots: Slots] => {
  const result = guard("optimizer", () => transform.update(gradients, slots, at))
  const fix =
    "return `[updates, slots]`: an update for every gradient, and each slot again, in the shapes that they have"
  const freed = Object.entries(at.params).find(([, tensor]) => tensor.isDisposed)
  if (freed !== undefined) {
    throw new PartError({
      part: "optimizer",
      reason: `disposed of the parameter ${freed[0]} that it was given`,
      fix: "dispose of nothing: what an optimizer makes is freed after the step"
    })
  }
  if (!Array.isArray(result)) throw gave(result, "update", "a pair of updates and slots", fix)
  const [updates, next] = result
  const check = (actual: unknown, expected: Tensors, of: (path: string) => string): void => {
    const given = new Map(entries(actual, of("the parameters"), fix))
    for (const [path, { shape }] of Object.entries(expected)) {
      const tensor = given.get(path)
      if (!isAlive(tensor) || String(tensor.shape) !== String(shape)) {
        throw gave(tensor, of(path), `a tensor of shape [${shape.join(", ")}]`, fix)
      }
    }
  }
  check(updates, at.params, (path) => `update for ${path}`)
  const groups = new Map(entries(next, "update for the slots", fix))
  for (const [group, tensors] of Object.entries(slots)) {
    check(groups.get(group), tensors, (path) => `update for the slot "${group}" of ${path}`)
  }
  return result
}

const isAlive = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor && !value.isDisposed

const gave = (value: unknown, from: string, expected: string, fix: string): PartError =>
  new PartError({ part: "optimizer", reason: `gave ${describe(value)} from ${from}; expected ${expected}`, fix })

const entries = (value: unknown, from: string, fix: string): ReadonlyArray<readonly [string, unknown]> => {
  if (typeof value === "object" && value !== null && !(value instanceof tf.Tensor)) return Object.entries(value)
  throw gave(value, from, "tensors by path", fix)
}
