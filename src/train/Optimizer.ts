import * as tf from "@tensorflow/tfjs-core"
import { Result } from "effect"
import type { Tensors } from "../model/Tensors.js"

/** What an optimizer is given at a step; `gradients` and `slots` have the paths of `params`. */
export interface Update {
  readonly params: Tensors
  readonly gradients: Tensors
  readonly slots: Tensors
  readonly rate: number
}

/**
 * A pair of pure functions over tensors by path.
 *
 * **State** `slots` (momentum and the like) is returned, never kept. **Ownership** what `init` and `update` return belongs to the caller.
 */
export interface Optimizer {
  /** Its kind and options in words: a run is not resumed with an optimizer of another name. */
  readonly name: string
  readonly init: (params: Tensors) => Tensors
  readonly update: (update: Update) => { readonly params: Tensors; readonly slots: Tensors }
  /**
   * Of an optimizer made of others: the paths that each of them advances, or why it cannot be used for these. Left out, it advances all alike.
   */
  readonly assign?: (paths: ReadonlyArray<string>) => Result.Result<Assignment, Unassignable>
}

/** The paths that each part of an optimizer advances. */
export type Assignment = ReadonlyArray<ReadonlyArray<string>>

/** Why parameters and groups do not fit: what is wrong, and what to change. */
export interface Unassignable {
  readonly reason: string
  readonly fix: string
}

/** Options of `sgd`; all default to 0 and off. */
export interface SgdOptions {
  readonly momentum?: number
  readonly nesterov?: boolean
  /** Added to the gradient as `weightDecay * parameter`, of every parameter. */
  readonly weightDecay?: number
}

/**
 * Stochastic gradient descent with momentum.
 *
 * `g += weightDecay * w; buffer = momentum * buffer + g; w -= rate * (nesterov ? g + momentum * buffer : buffer)`: the rate applies after the
 * buffer, as in PyTorch, so that a change of rate acts at once.
 *
 * @category optimizers
 */
export const sgd = (options?: SgdOptions): Optimizer => {
  const { momentum = 0, nesterov = false, weightDecay = 0 } = options ?? {}
  return {
    name: `sgd momentum ${momentum}${nesterov ? " nesterov" : ""} weightDecay ${weightDecay}`,
    init: (params) =>
      momentum === 0
        ? {}
        : Object.fromEntries(Object.entries(params).map(([path, value]) => [path, tf.zerosLike(value)])),
    update: ({ params, gradients, slots, rate }) =>
      tf.tidy(() => {
        const [m, decay, lr] = [tf.scalar(momentum), tf.scalar(weightDecay), tf.scalar(rate)]
        const advance: Advance = (value, gradient, old) => {
          const decayed = weightDecay === 0 ? gradient : tf.add(gradient, tf.mul(value, decay))
          const buffer = old === undefined ? undefined : tf.add(tf.mul(old, m), decayed)
          const direction = buffer === undefined ? decayed : nesterov ? tf.add(decayed, tf.mul(buffer, m)) : buffer
          return { value: tf.sub(value, tf.mul(direction, lr)), buffer }
        }
        return advanceAll(advance, { params, gradients, slots })
      })
  }
}

/** Parameters that have an optimizer of their own, which works at `rateScale` times (default 1) the rate of the run. */
export interface Group {
  readonly where: (path: string) => boolean
  readonly optimizer: Optimizer
  readonly rateScale?: number
}

/**
 * An optimizer for each group of parameters; of several groups that a path is in, the first has it, and what is in none goes to `rest`.
 *
 * Weight decay for kernels alone, a smaller rate for a pretrained body, a larger one for the biases of batch norms are all groups.
 *
 * **Errors** `Plan.check` refuses a group that no parameter is in, and, without `rest`, a parameter that is in no group.
 *
 * @category optimizers
 */
export const groups = (groups: ReadonlyArray<Group>, rest?: Optimizer): Optimizer => {
  const all = rest === undefined ? groups : [...groups, { where: () => true, optimizer: rest }]
  const ownerOf = (path: string): number => all.findIndex(({ where }) => where(path))
  /** The tensors of each group. */
  const divide = (tensors: Tensors): ReadonlyArray<Tensors> => {
    const parts = all.map((): Record<string, tf.Tensor> => ({}))
    for (const [path, tensor] of Object.entries(tensors)) {
      const part = parts[ownerOf(path)]
      if (part !== undefined) part[path] = tensor
    }
    return parts
  }
  const names = all.map(({ optimizer, rateScale = 1 }) =>
    rateScale === 1 ? optimizer.name : `${optimizer.name} at ${rateScale} times the rate`
  )
  return {
    name: `groups (${names.join("; ")})`,
    init: (params) => {
      const parts = divide(params)
      return unite(all.map(({ optimizer }, i) => optimizer.init(parts[i]!)))
    },
    update: (update) => {
      const [params, gradients, slots] = [divide(update.params), divide(update.gradients), divide(update.slots)]
      const updated = all.map(({ optimizer, rateScale = 1 }, i) =>
        optimizer.update({
          params: params[i]!,
          gradients: gradients[i]!,
          slots: slots[i]!,
          rate: update.rate * rateScale
        })
      )
      return { params: unite(updated.map(({ params }) => params)), slots: unite(updated.map(({ slots }) => slots)) }
    },
    assign: (paths) => {
      const members = all.map((_, i) => paths.filter((path) => ownerOf(path) === i))
      const empty = groups.findIndex((_, i) => members[i]!.length === 0)
      const left = paths.filter((path) => ownerOf(path) === -1)
      const some = `parameters are called ${list(paths)}`
      return empty !== -1
        ? Result.fail({
            reason: `group ${empty + 1} of the optimizer (${names[empty]}) has no parameter: none that is learned is in it and in no group before`,
            fix: `let its \`where\` take some path, or leave the group out; ${some}`
          })
        : left.length > 0
          ? Result.fail({
              reason: `${left.length} of ${paths.length} parameters are in no group of the optimizer: ${list(left)}`,
              fix: "give the groups a `rest`, or freeze these parameters"
            })
          : Result.map(Result.all(all.map(({ optimizer }, i) => assign(optimizer, members[i]!))), (parts) =>
              parts.flat()
            )
    }
  }
}

const unite = (parts: ReadonlyArray<Tensors>): Tensors =>
  Object.fromEntries(parts.flatMap((part) => Object.entries(part)))

/** The paths that each part of an optimizer advances. */
export const assign = ({ assign }: Optimizer, paths: ReadonlyArray<string>): Result.Result<Assignment, Unassignable> =>
  assign === undefined ? Result.succeed([paths]) : assign(paths)

/** The first few of many. */
const list = (paths: ReadonlyArray<string>): string =>
  paths.length > 4 ? `${paths.slice(0, 4).join(", ")}, ...` : paths.join(", ")

/** One step of one tensor; without momentum there is no buffer. */
type Advance = (
  value: tf.Tensor,
  gradient: tf.Tensor,
  buffer: tf.Tensor | undefined
) => { readonly value: tf.Tensor; readonly buffer: tf.Tensor | undefined }

/**
 * Advances every parameter, those alike but for their first dimension (vectors; the convolutions of a stage) joined along it:
 * a residual network has hundreds of tensors that are small, and each would cost its own half dozen calls.
 */
const advanceAll = (advance: Advance, { params, gradients, slots }: Omit<Update, "rate">) => {
  const next: { params: Record<string, tf.Tensor>; slots: Record<string, tf.Tensor> } = { params: {}, slots: {} }
  for (const paths of alike(params)) {
    const join = (tensors: Tensors): tf.Tensor => {
      const parts = paths.map((path) => tensors[path]!)
      return parts.length === 1 ? parts[0]! : tf.concat(parts)
    }
    const split = (joined: tf.Tensor): Array<tf.Tensor> =>
      paths.length === 1
        ? [joined]
        : tf.split(
            joined,
            paths.map((path) => params[path]!.shape[0]!)
          )
    const { buffer, value } = advance(join(params), join(gradients), paths[0]! in slots ? join(slots) : undefined)
    const values = split(value)
    const buffers = buffer === undefined ? undefined : split(buffer)
    paths.forEach((path, i) => {
      next.params[path] = values[i]!
      if (buffers !== undefined) next.slots[path] = buffers[i]!
    })
  }
  return next
}

/** The paths of tensors that can be joined along their first dimension. */
const alike = (params: Tensors): Iterable<ReadonlyArray<string>> => {
  const groups = new Map<string, Array<string>>()
  for (const [path, { shape }] of Object.entries(params)) {
    const key = shape.length === 0 ? path : shape.slice(1).join("x")
    groups.set(key, [...(groups.get(key) ?? []), path])
  }
  return groups.values()
}
