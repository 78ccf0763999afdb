import * as tf from "@tensorflow/tfjs-core"
import * as Transfer from "../internal/Transfer.js"
import type { HostTensor, Weights } from "../model/Tensors.js"
import * as Average from "./Average.js"
import { initialSlots } from "./PartChecks.js"
import { PartError } from "./TrainError.js"
import type { Slots, Transform } from "./Transform.js"

/**
 * Everything that a step changes, as named groups of tensors: `params`, `state` (running statistics), the optimizer's slots, such as `optimizer/1/trace`,
 * and the averages of the weights, such as `average/params`.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs-core"
 * import { Effect } from "effect"
 * import { Backend, TensorScope } from "effect-tensorflow/services"
 * import { Optimizer, TrainState } from "effect-tensorflow/train"
 *
 * const program = TensorScope.compute(() => {
 *   const weights = { params: { "fc.bias": tf.tensor1d([1, 2]) }, state: {} }
 *   const train = TrainState.start(weights, { optimizer: Optimizer.sgd({ momentum: 0.9 }) })
 *   return TrainState.download(train)
 * }).pipe(Effect.scoped, Effect.provide(Backend.layerCpu))
 *
 * const { groups } = await Effect.runPromise(program)
 * Object.keys(groups) // => ["params", "state", "optimizer/1/trace"]
 * groups.params?.["fc.bias"]?.data // => [1, 2]
 * groups["optimizer/1/trace"]?.["fc.bias"]?.data // => [0, 0]
 * ```
 *
 * @category models
 */
export interface TrainState<T = tf.Tensor> {
  /** The number of steps done. */
  readonly step: number
  readonly groups: Readonly<Record<string, Readonly<Record<string, T>>>>
}

/**
 * Whether the parameter at a path is frozen; `undefined` if all are trained.
 *
 * @category models
 */
export type Frozen = ((path: string) => boolean) | undefined

const slotPrefix = "optimizer/"

/**
 * The initial state: these weights, and the slots of the trainable ones.
 *
 * **Errors** throws a `PartError` when the optimizer does not give its slots. **Ownership** the weights' tensors belong to the state.
 *
 * @category constructors
 */
export const start = (
  { params, state }: Weights<tf.Tensor>,
  options: {
    readonly optimizer: Transform
    readonly frozen?: Frozen
    readonly average?: Average.Average | undefined
  }
): TrainState => {
  const { average, frozen, optimizer } = options
  const trainable = Object.fromEntries(Object.entries(params).filter(([path]) => frozen?.(path) !== true))
  const { groups, step } = make(0, { params, state }, initialSlots(optimizer, trainable))
  return { step, groups: { ...groups, ...Average.start(average, { params, state }) } }
}

/**
 * A state from weights and slots.
 *
 * @category constructors
 */
export const make = (step: number, { params, state }: Weights<tf.Tensor>, slots: Slots): TrainState => ({
  step,
  groups: {
    params,
    state,
    ...Object.fromEntries(Object.entries(slots).map(([name, tensors]) => [`${slotPrefix}${name}`, tensors]))
  }
})

/**
 * The parameters and the running statistics.
 *
 * @category accessors
 */
export const weights = <T>({ groups }: TrainState<T>): Weights<T> => ({
  params: groups.params ?? {},
  state: groups.state ?? {}
})

/**
 * The weights that evaluations, exports and the finished run use: the averaged ones where the plan has an average and there is one yet, else those being trained.
 *
 * @category accessors
 */
export const inference = <T>(train: TrainState<T>): Weights<T> => Average.weightsOf(train.groups) ?? weights(train)

/**
 * The groups of the average.
 *
 * @category accessors
 */
export const averages = ({ groups }: TrainState): Average.AverageGroups =>
  Object.fromEntries(Object.entries(groups).filter(([name]) => Average.isGroup(name)))

/**
 * The slots of the optimizer.
 *
 * @category accessors
 */
export const slots = ({ groups }: TrainState): Slots =>
  Object.fromEntries(
    Object.entries(groups).flatMap(([name, tensors]) =>
      name.startsWith(slotPrefix) ? [[name.slice(slotPrefix.length), tensors]] : []
    )
  )

const map = <A, B>({ groups, step }: TrainState<A>, f: (tensor: A) => B): TrainState<B> => ({
  step,
  groups: Object.fromEntries(
    Object.entries(groups).map(([group, tensors]) => [
      group,
      Object.fromEntries(Object.entries(tensors).map(([path, tensor]) => [path, f(tensor)]))
    ])
  )
})

/**
 * A copy in host memory.
 *
 * @category transfer
 */
export const download = (train: TrainState): TrainState<HostTensor> => map(train, Transfer.download)

/**
 * A copy on the backend. **Ownership** its tensors belong to the caller.
 *
 * @category transfer
 */
export const upload = (train: TrainState<HostTensor>): TrainState => map(train, Transfer.upload)

/**
 * Frees all tensors of a state.
 *
 * @category transfer
 */
export const dispose = ({ groups }: TrainState): void => tf.dispose(Object.values(groups))

/**
 * Checks that no tensor of a state was freed.
 *
 * **Errors** throws a `PartError` that names the tensor.
 *
 * @category checks
 */
export const checkAlive = ({ groups }: TrainState): void => {
  for (const [group, tensors] of Object.entries(groups)) {
    const freed = Object.entries(tensors).find(([, tensor]) => tensor.isDisposed)
    if (freed !== undefined) {
      throw new PartError({
        part: "network",
        reason: `lost the tensor ${freed[0]} (${group}): it was disposed of outside the run`,
        fix: "leave the tensors of a run to the run; copy what is wanted of them with `clone` or `dataSync`"
      })
    }
  }
}
