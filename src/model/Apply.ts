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

/** New state by full names, and the biases that are still to be added to some of it. */
interface Changes {
  readonly updates: Record<string, tf.Tensor>
  readonly biases: Array<{ readonly state: string; readonly bias: tf.Tensor; readonly share: number }>
}

/** Computes a part for a batch; new state goes into `changes`. */
type Run = (x: tf.Tensor, weights: Tensors, changes: Changes, context: Context) => tf.Tensor

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
      return (x, weights, changes, context) => parts.reduce((y, part) => part(y, weights, changes, context), x)
    }
    case "Residual": {
      const body = compile(layout.body)
      const shortcut = compile(layout.shortcut)
      return (x, weights, changes, context) =>
        // Not `tf.add`, whose gradient looks for broadcast dimensions and reshapes.
        tf.addN([body(x, weights, changes, context), shortcut(x, weights, changes, context)])
    }
  }
}

/** Whether the layer before leaves its bias to the one after it. */
const passesBias = (before: Layout.Leaf, after: Layout.Layout | undefined): boolean =>
  before.layer.givesBias === true && after?._tag === "Leaf" && after.layer.takesBias !== undefined

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
  return (x, weights, changes, outer) => {
    const context = inside(outer)
    const own: Record<string, tf.Tensor> = {}
    for (const [name, full] of names) {
      own[name] = weights[full]!
    }
    const bias = options.takesBias === undefined ? undefined : weights[options.takesBias]
    if (bias !== undefined && context.mode === "eval") own.preceding_bias = bias
    const [y, changed] = layer.apply(x, own, context)
    for (const name in changed) {
      changes.updates[Layout.join(path, name)] = changed[name]!
    }
    if (bias !== undefined && context.mode === "train" && layer.takesBias !== undefined) {
      const { share, state } = layer.takesBias
      changes.biases.push({ state: Layout.join(path, state), bias, share })
    }
    return y
  }
}

/** The new state with its share of the biases that were left out: joined, as a residual network has dozens of them. */
const settle = ({ biases, updates }: Changes): Tensors => {
  const settled: Record<string, tf.Tensor> = { ...updates }
  for (const share of new Set(biases.map(({ share }) => share))) {
    const alike = biases.filter((one) => one.share === share)
    const sums = tf.add(
      tf.concat(alike.map(({ state }) => updates[state]!)),
      tf.mul(tf.concat(alike.map(({ bias }) => bias)), share)
    )
    const parts = tf.split(
      sums,
      alike.map(({ bias }) => bias.size)
    )
    alike.forEach(({ state }, i) => {
      settled[state] = parts[i]!
    })
  }
  return settled
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
    const changes: Changes = { updates: {}, biases: [] }
    const logits = rank2(run(x, { ...params, ...state }, changes, context))
    return [logits, context.mode === "eval" ? state : { ...state, ...settle(changes) }]
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
  return Result.succeed((params, state, x, kernels) =>
    run(x, { ...params, ...state }, { updates: {}, biases: [] }, { kernels, mode: "eval" })
  )
}
