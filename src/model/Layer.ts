import type * as tf from "@tensorflow/tfjs-core"
import { Result, Schema } from "effect"
import type { Generator } from "../internal/Random.js"
import type { Export } from "./export/Export.js"
import type { Initializer } from "./Initializer.js"
import type { Activation, Epilogue, Kernels } from "./Kernels.js"
import type { Module } from "./Module.js"
import type { Mismatch, Shape } from "./Shape.js"
import type { Tensors } from "./Tensors.js"

/**
 * What a layer computes with: the backend's kernels, and the mode. Random numbers (for dropout and the like) exist only in training; each call of
 * `noise` makes the same generator, seeded by the run's seed, the step and the layer's path.
 *
 * @category models
 */
export type Context =
  | { readonly kernels: Kernels; readonly mode: "eval" }
  | { readonly kernels: Kernels; readonly mode: "train"; readonly noise: () => Generator }

/**
 * A tensor that a layer keeps between steps.
 *
 * @category models
 */
export interface Parameter {
  /** Its name in PyTorch: `weight`, `bias`, `running_mean`. */
  readonly name: string
  readonly shape: Shape
  /** `param` is trained by its gradient; `state` is updated by the layer itself. */
  readonly role: "param" | "state"
  readonly init: Initializer
  /** The axes of PyTorch's layout as axes of ours, where the two differ: `[3, 2, 0, 1]` makes OIHW of HWIO. */
  readonly torchAxes?: ReadonlyArray<number>
}

/**
 * One layer, as the interpreters see it.
 *
 * @category models
 */
export interface Layer {
  readonly parameters: ReadonlyArray<Parameter>
  readonly outputShape: (input: Shape) => Result.Result<Shape, Mismatch>
  /** Multiply-adds for one sample. */
  readonly multiplyAdds: (output: Shape) => number
  /** The output for a batch, and the new values of the layer's state by the layer's names; none in `eval` mode. */
  readonly apply: (
    x: tf.Tensor,
    tensors: Tensors,
    context: Context,
    epilogue?: Epilogue<tf.Tensor>
  ) => readonly [y: tf.Tensor, updates: Tensors]
  /** Its `apply` does what an epilogue says; other layers are given none. */
  readonly takesEpilogue?: true
  /** All that it does is to apply this activation, so that the layer before it may do that. */
  readonly activation?: Activation
  /** The last thing it does is to add its parameter `bias`, and without that tensor it adds nothing. */
  readonly givesBias?: true
  /**
   * Its output in training does not depend on the bias of the layer before it: only its new `state` does, by `share` times the bias. So that
   * layer may leave its bias out: this one then gets it as the tensor `preceding_bias`, which it must heed in evaluation; the addition to the state is
   * done for it.
   */
  readonly takesBias?: { readonly state: string; readonly share: number }
  /** In training it normalizes each channel by statistics over the batch and its pixels, which takes more than one value a channel. */
  readonly batchStatistics?: true
  /** How the layer is written in other formats; a network with a layer without it cannot be exported. */
  readonly export?: Export
}

/**
 * A kind of layer: the meaning of its data.
 *
 * @category models
 */
export interface Kind {
  readonly tag: string
  /** The layer that a module of this kind describes, or what is wrong with its data. */
  readonly layer: (module: Module) => Result.Result<Layer, string>
}

/**
 * Makes a kind of layer. A field with a default in the schema may be missing in networks that were written before it existed.
 *
 * @category kinds
 */
export const kind = <Spec extends Module>(
  tag: Spec["_tag"],
  schema: Schema.Decoder<Spec>,
  layer: (spec: Spec) => Layer
): Kind => {
  const decode = Schema.decodeUnknownResult(schema)
  return {
    tag,
    layer: (module) =>
      decode(module).pipe(
        Result.mapBoth({ onSuccess: layer, onFailure: ({ message }) => message.replaceAll(/\s+/g, " ") })
      )
  }
}

/**
 * No new state.
 *
 * @category kinds
 */
export const unchanged: Tensors = {}
