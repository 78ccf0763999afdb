import * as tf from "@tensorflow/tfjs-core"
import { Result } from "effect"
import type { Generator } from "../internal/Random.js"
import type { Kernels } from "./Kernels.js"
import type { Context as LayerContext } from "./Layer.js"
import * as Layout from "./Layout.js"
import * as Network from "./Network.js"
import { type PathError, unknownPath } from "./PathError.js"
import { fuseEpilogue } from "./passes/FuseEpilogue.js"
import { joinBias } from "./passes/JoinBias.js"
import type { Pass } from "./passes/Pass.js"
import { rank2 } from "./Rank.js"
import type { Tensors } from "./Tensors.js"
import * as Check from "./weights/Check.js"
import type { WeightsError } from "./weights/WeightsError.js"

/**
 * What a network computes with. In training, `noise` gives every layer its random numbers by its path, and the layers whose parameters are all
 * `frozen`, by their names, work as in `eval`: a frozen batch norm reads its running statistics and leaves them alone.
 *
 * @category models
 */
export type Context =
  | { readonly kernels: Kernels; readonly mode: "eval" }
  | {
      readonly kernels: Kernels
      readonly mode: "train"
      readonly noise: (path: string) => Generator
      readonly frozen?: (name: string) => boolean
    }

/** New state by full names, and what is still to be added to some of it. */
interface Changes {
  readonly updates: Record<string, tf.Tensor>
  readonly additions: Array<{
    readonly state: string
    readonly value: tf.Tensor
    readonly of: tf.Tensor
    readonly share: number
  }>
}

/** Computes a part for a batch; new state goes into `changes`. */
type Run = (x: tf.Tensor, weights: Tensors, changes: Changes, context: Context) => tf.Tensor

/** Computes a layer, which may add a residual to its output. */
type RunLeaf = (...args: [...Parameters<Run>, residual?: tf.Tensor]) => tf.Tensor

/** What is done to every layout before it computes, in this order. */
const passes: ReadonlyArray<Pass> = [joinBias, fuseEpilogue]

const compile = (layout: Layout.Layout): Run => walk(passes.reduce((passed, pass) => pass(passed), layout))

const walk = (layout: Layout.Layout): Run => {
  switch (layout._tag) {
    case "Leaf":
      return walkLeaf(layout)
    case "Chain": {
      const parts = layout.parts.map(walk)
      return (x, weights, changes, context) => {
        const after = (y: tf.Tensor, part: Run): tf.Tensor => part(y, weights, changes, context)
        return parts.reduce(context.mode === "eval" ? freeing(x, after) : after, x)
      }
    }
    case "Residual": {
      const body = walk(layout.body)
      const shortcut = walk(layout.shortcut)
      if (layout.last !== undefined) {
        const last = walkLeaf(layout.last)
        return (x, weights, changes, context) =>
          last(body(x, weights, changes, context), weights, changes, context, shortcut(x, weights, changes, context))
      }
      return (x, weights, changes, context) =>
        // Not `tf.add`, whose gradient looks for broadcast dimensions and reshapes.
        tf.addN([body(x, weights, changes, context), shortcut(x, weights, changes, context)])
    }
  }
}

/** Frees what only that part needed, so that an evaluation takes the memory of a few maps, not of all. */
const freeing =
  (input: tf.Tensor, after: (y: tf.Tensor, part: Run) => tf.Tensor) =>
  (y: tf.Tensor, part: Run): tf.Tensor => {
    const next = tf.tidy(() => after(y, part))
    if (y !== input && y !== next) y.dispose()
    return next
  }

const walkLeaf = ({ activation, addition, layer, names, path }: Layout.Leaf): RunLeaf => {
  const trainable = layer.parameters.flatMap(({ name, role }) => (role === "param" ? [Layout.join(path, name)] : []))
  const inside = (context: Context): LayerContext =>
    context.mode === "eval" || (trainable.length > 0 && context.frozen !== undefined && trainable.every(context.frozen))
      ? { kernels: context.kernels, mode: "eval" }
      : { kernels: context.kernels, mode: "train", noise: () => context.noise(path) }
  const entries = Object.entries(names)
  return (x, weights, { additions, updates }, outer, residual) => {
    const context = inside(outer)
    const tensors: Record<string, tf.Tensor> = {}
    // That there are all of them was checked before.
    for (const [name, full] of entries) tensors[name] = weights[full]!
    const [y, changed] = layer.apply(x, tensors, context, { activation, residual })
    for (const [name, value] of Object.entries(changed)) {
      const full = Layout.join(path, name)
      updates[full] = value
      if (addition?.state === full) {
        additions.push({ state: full, value, of: weights[addition.of]!, share: addition.share })
      }
    }
    return y
  }
}

/** The new state with its additions: all in one go, as a residual network has dozens of them. */
const settle = ({ additions, updates }: Changes): Tensors => {
  const settled: Record<string, tf.Tensor> = { ...updates }
  for (const share of new Set(additions.map(({ share }) => share))) {
    const alike = additions.filter((addition) => addition.share === share)
    const sums = tf.add(tf.concat(alike.map(({ value }) => value)), tf.mul(tf.concat(alike.map(({ of }) => of)), share))
    const parts = tf.split(
      sums,
      alike.map(({ of }) => of.size)
    )
    for (const [i, { state }] of alike.entries()) {
      settled[state] = parts[i]!
    }
  }
  return settled
}

/**
 * The function of a network: `(params, state, x, context) => [logits, nextState]`, pure and synchronous.
 *
 * **Shapes** `x [n, height, width, channels] f32`, as the network was made for -> `[n, classes]`.
 * **State** train: the returned state holds new running statistics; eval: it is the state that went in.
 * **Errors** throws a `WeightsError` when `params` and `state` are not this network's, or one of them was disposed.
 * **Ownership** everything it makes belongs to the enclosing `tf.tidy`.
 *
 * @category computing
 */
export const apply = (network: Network.Network) => {
  const run = compile(Layout.make(network))
  const check = Check.of(network, Network.parameters(network))
  return (
    params: Tensors,
    state: Tensors,
    x: tf.Tensor4D,
    context: Context
  ): readonly [logits: tf.Tensor2D, nextState: Tensors] => {
    orThrow(check({ params, state }))
    const changes: Changes = { updates: {}, additions: [] }
    const logits = rank2(run(x, { ...params, ...state }, changes, context))
    return [logits, context.mode === "eval" ? state : { ...state, ...settle(changes) }]
  }
}

/**
 * What the part at `path` (`layer3`, `layer1.0.conv1`) gives in eval mode; nothing after it is computed.
 *
 * **Shapes** `x [n, height, width, channels] f32` -> `[n, ...]`, the output of that part.
 * **Errors** `PathError` when there is no such part; the function throws a `WeightsError` when weights up to that part are missing, misshapen or disposed,
 * or others are not the network's.
 * **Ownership** everything it makes belongs to the enclosing `tf.tidy`.
 *
 * @category computing
 */
export const features = (
  network: Network.Network,
  path: string
): Result.Result<(params: Tensors, state: Tensors, x: tf.Tensor4D, kernels: Kernels) => tf.Tensor, PathError> => {
  const layout = Layout.make(network)
  const part = Layout.upTo(layout, path)
  if (part === undefined) return Result.fail(unknownPath(network.name, path, Layout.paths(layout)))
  const run = compile(part)
  const check = Check.of(network, Network.parametersOf(part))
  return Result.succeed((params, state, x, kernels) => {
    orThrow(check({ params, state }))
    return run(x, { ...params, ...state }, { updates: {}, additions: [] }, { kernels, mode: "eval" })
  })
}

const orThrow = (checked: Result.Result<void, WeightsError>): void => {
  if (Result.isFailure(checked)) throw checked.failure
}
