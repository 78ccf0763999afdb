import * as tf from "@tensorflow/tfjs-core"
import { Result } from "effect"
import type { Generator } from "../internal/Random.js"
import type { Kernels } from "./Kernels.js"
import type { Context as LayerContext } from "./Layer.js"
import * as Layout from "./Layout.js"
import type { Network } from "./Network.js"
import { type PathError, unknownPath } from "./PathError.js"
import { rank2 } from "./Rank.js"
import type { Tensors } from "./Tensors.js"

/**
 * What a network computes with. In training, `noise` gives every layer its random numbers by its path, and the layers whose parameters are all
 * `frozen`, by their names, work as in `eval`: a frozen batch norm reads its running statistics and leaves them alone.
 */
export type Context =
  | { readonly kernels: Kernels; readonly mode: "eval" }
  | {
      readonly kernels: Kernels
      readonly mode: "train"
      readonly noise: (path: string) => Generator
      readonly frozen?: (name: string) => boolean
    }

/** Computes a part for a batch; new state goes into `updates`, by full names. */
type Run = (x: tf.Tensor, weights: Tensors, updates: Record<string, tf.Tensor>, context: Context) => tf.Tensor

const compile = (layout: Layout.Layout): Run => {
  switch (layout._tag) {
    case "Leaf":
      return compileLeaf(layout)
    case "Chain": {
      const parts = layout.parts.map((part, index) => {
        if (part._tag !== "Leaf") return compile(part)
        const before = layout.parts[index - 1]
        return compileLeaf(part, {
          leavesBias: passesBias(part, layout.parts[index + 1]),
          ...(before?._tag === "Leaf" && passesBias(before, part)
            ? { takesBias: Layout.join(before.path, "bias") }
            : {})
        })
      })
      return (x, weights, updates, context) => parts.reduce((y, part) => part(y, weights, updates, context), x)
    }
    case "Residual": {
      const body = compile(layout.body)
      const shortcut = compile(layout.shortcut)
      return (x, weights, updates, context) =>
        // Not `tf.add`, whose gradient looks for broadcast dimensions and reshapes.
        tf.addN([body(x, weights, updates, context), shortcut(x, weights, updates, context)])
    }
  }
}

/** Whether the layer before leaves its bias to the one after it. */
const passesBias = (before: Layout.Leaf, after: Layout.Layout | undefined): boolean =>
  before.layer.bias === "gives" && after?._tag === "Leaf" && after.layer.bias === "takes"

const compileLeaf = (
  { layer, path }: Layout.Leaf,
  options: { readonly leavesBias?: boolean; readonly takesBias?: string } = {}
): Run => {
  const learned = layer.parameters.flatMap(({ name, role }) => (role === "param" ? [Layout.join(path, name)] : []))
  const inside = (context: Context): LayerContext =>
    context.mode === "eval" || (learned.length > 0 && context.frozen !== undefined && learned.every(context.frozen))
      ? { kernels: context.kernels, mode: "eval" }
      : { kernels: context.kernels, mode: "train", noise: () => context.noise(path) }
  const own = layer.parameters.map(({ name }) => name).filter((name) => !(options.leavesBias && name === "bias"))
  const names: Array<readonly [name: string, full: string]> = own.map((name) => [name, Layout.join(path, name)])
  if (options.takesBias !== undefined) names.push(["preceding_bias", options.takesBias])
  return (x, weights, updates, context) => {
    const own: Record<string, tf.Tensor> = {}
    for (const [name, full] of names) {
      own[name] = weights[full]!
    }
    const [y, changed] = layer.apply(x, own, inside(context))
    for (const name in changed) {
      updates[Layout.join(path, name)] = changed[name]!
    }
    return y
  }
}

/**
 * The function that a network stands for: `(params, state, x, context) => [logits, nextState]`, pure and synchronous.
 *
 * **Shapes** `x [n, height, width, channels] f32`, as the network was made for -> `[n, classes]`.
 * **State** train: the returned state holds new running statistics; eval: it is the state that went in.
 * **Ownership** everything it makes belongs to the enclosing `tf.tidy`.
 */
export const apply = (network: Network) => {
  const run = compile(Layout.make(network.body))
  return (
    params: Tensors,
    state: Tensors,
    x: tf.Tensor4D,
    context: Context
  ): readonly [logits: tf.Tensor2D, nextState: Tensors] => {
    const updates: Record<string, tf.Tensor> = {}
    const logits = rank2(run(x, { ...params, ...state }, updates, context))
    return [logits, context.mode === "eval" ? state : { ...state, ...updates }]
  }
}

/**
 * What comes out of the part at `path` (`layer3`, `layer1.0.conv1`) in eval mode, and nothing after it is computed.
 *
 * **Shapes** `x [n, height, width, channels] f32` -> `[n, ...]`, whatever that part gives.
 * **Errors** `PathError` when there is no such part.
 * **Ownership** everything it makes belongs to the enclosing `tf.tidy`.
 */
export const features = (
  network: Network,
  path: string
): Result.Result<(params: Tensors, state: Tensors, x: tf.Tensor4D, kernels: Kernels) => tf.Tensor, PathError> => {
  const layout = Layout.make(network.body)
  const part = Layout.upTo(layout, path)
  if (part === undefined) return Result.fail(unknownPath(network.name, path, Layout.paths(layout)))
  const run = compile(part)
  return Result.succeed((params, state, x, kernels) => run(x, { ...params, ...state }, {}, { kernels, mode: "eval" }))
}
