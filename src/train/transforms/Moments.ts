import * as tf from "@tensorflow/tfjs-core"
import type { Tensors } from "../../model/Tensors.js"
import { mapTensors, type Slots, tensorAt } from "../Transform.js"

/** Zeros in the shapes of the parameters. */
export const zeros = (params: Tensors): Tensors => mapTensors(params, (value) => tf.zerosLike(value))

/** The moving average after these values: `decay * average + (1 - decay) * value`. */
export const average = (averages: Slots[string] | undefined, values: Tensors, decay: number): Tensors => {
  const [old, share] = [tf.scalar(decay), tf.scalar(1 - decay)]
  return mapTensors(values, (value, path) => tf.add(tf.mul(tensorAt(averages, path), old), tf.mul(value, share)))
}

/** The squares of the values. */
export const squares = (values: Tensors): Tensors => mapTensors(values, (value) => tf.mul(value, value))
