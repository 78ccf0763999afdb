import { Result } from "effect"
import type { Parameter } from "../Layer.js"
import * as Network from "../Network.js"
import { type Shape, show } from "../Shape.js"
import type { HostTensor, HostTensors, Weights } from "../Tensors.js"
import * as Check from "./Check.js"
import * as StoredTensor from "./StoredTensor.js"
import * as Strided from "./Strided.js"
import { WeightsError } from "./WeightsError.js"

/** Axis `i` of the result is axis `axes[i]` of the tensor. */
const permute = ({ data, shape }: HostTensor, axes: ReadonlyArray<number>): HostTensor => {
  const strides = Strided.contiguous(shape)
  const permuted = axes.map((axis) => shape[axis]!)
  const result = new Float32Array(data.length)
  const permutedStrides = axes.map((axis) => strides[axis]!)
  Strided.rows(permuted, permutedStrides, (to, from, length, step) => {
    for (let i = 0; i < length; i++) result[to + i] = data[from + i * step]!
  })
  return { shape: permuted, data: result }
}

const inverse = (axes: ReadonlyArray<number>): ReadonlyArray<number> => axes.map((_, axis) => axes.indexOf(axis))

const torchShape = ({ shape, torchAxes }: Parameter): Shape => torchAxes?.map((axis) => shape[axis]!) ?? shape

/** PyTorch counts the batches that a batch norm has seen; no result depends on the count. */
const isIgnored = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name)

/**
 * The weights with PyTorch's names and layouts (OIHW, [out, in]), ready for `Safetensors.encode` and `load_state_dict`.
 *
 * **Errors** `WeightsError` when they are not the network's.
 *
 * @category conversions
 */
export const toTorch = (
  network: Network.Network,
  weights: Weights<HostTensor>
): Result.Result<StoredTensor.StoredTensors, WeightsError> => {
  const tensors: HostTensors = { ...weights.params, ...weights.state }
  return check(network, weights).pipe(
    Result.map(() =>
      Object.fromEntries(
        Network.parameters(network).flatMap(({ path, torchAxes }) => {
          const tensor = tensors[path]
          return tensor === undefined
            ? []
            : [[path, { dtype: "F32", ...(torchAxes === undefined ? tensor : permute(tensor, torchAxes)) }] as const]
        })
      )
    )
  )
}

/**
 * The network's weights from tensors with PyTorch's names and layouts; F64, F16 and BF16 become float32. Integers are refused: they would be quantized
 * weights, whose scale is unknown.
 *
 * **Errors** one `WeightsError` that lists every tensor that is missing, is not the network's, or has another shape or type. The counter
 * `num_batches_tracked` is ignored. Tensors that `skip` names (the head of a network for other classes) are neither read nor required, and the result
 * lacks them: `merge` it over initial weights.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Init, Network, Seminar, Weights } from "effect-tensorflow/model"
 *
 * const trained = Seminar.resnet(0)
 * const fineTuned = Seminar.resnet(0, { ...trained, classes: 37 })
 *
 * const weights = Effect.gen(function* () {
 *   const tensors = yield* Effect.fromResult(Weights.toTorch(trained, Init.init(trained, 1)))
 *   const body = yield* Effect.fromResult(
 *     Weights.fromTorch(fineTuned, tensors, { skip: (name) => name.startsWith("linear.") })
 *   )
 *   return Weights.merge(Init.init(fineTuned, 2), body)
 * })
 * Effect.runSync(weights).params["linear.weight"]?.shape // => [128, 37]
 * ```
 * @category conversions
 */
export const fromTorch = (
  network: Network.Network,
  tensors: StoredTensor.StoredTensors,
  { skip = () => false }: { readonly skip?: (name: string) => boolean } = {}
): Result.Result<Weights<HostTensor>, WeightsError> => {
  const loaded: Record<"param" | "state", Record<string, HostTensor>> = { param: {}, state: {} }
  const missing: Array<string> = []
  const misshapen: Array<string> = []
  const unexpected = new Set(Object.keys(tensors).filter((name) => !isIgnored(name) && !skip(name)))
  for (const parameter of Network.parameters(network)) {
    const { path, role, torchAxes } = parameter
    if (skip(path)) continue
    if (!unexpected.delete(path)) {
      missing.push(path)
      continue
    }
    const tensor = tensors[path]!
    const expected = torchShape(parameter)
    const data = StoredTensor.toFloat32(tensor)
    const { shape } = tensor
    if (data === undefined || show(shape) !== show(expected)) {
      misshapen.push(`${path} (${show(expected)} F32 expected, got ${show(shape)} ${tensor.dtype})`)
    } else {
      loaded[role][path] = torchAxes === undefined ? { shape, data } : permute({ shape, data }, inverse(torchAxes))
    }
  }
  return missing.length + misshapen.length + unexpected.size === 0
    ? Result.succeed({ params: loaded.param, state: loaded.state })
    : Result.fail(
        new WeightsError({
          reason: `these weights are not those of ${network.name}`,
          fix: "name the network that they were trained for, give the weights of this one, or skip what differs (the head, for other classes)",
          missing,
          unexpected: [...unexpected],
          misshapen
        })
      )
}

/**
 * The weights of `base`, with those of `over` instead of the ones with the same names.
 *
 * @category merging
 */
export const merge = <T>(base: Weights<T>, over: Weights<T>): Weights<T> => ({
  params: { ...base.params, ...over.params },
  state: { ...base.state, ...over.state }
})

/**
 * Whether the weights are all that the network keeps and nothing else, in its own layouts.
 *
 * **Errors** `WeightsError` that lists every tensor that is missing, is not the network's, or has another shape.
 *
 * @category checks
 */
export const check = (network: Network.Network, weights: Weights<HostTensor>): Result.Result<void, WeightsError> =>
  Check.of(network, Network.parameters(network))(weights)
