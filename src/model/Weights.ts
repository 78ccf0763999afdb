import { Result } from "effect"
import type { Parameter } from "./Layer.js"
import * as Layout from "./Layout.js"
import type { Network } from "./Network.js"
import type * as Safetensors from "./Safetensors.js"
import { type Shape, show, size } from "./Shape.js"
import type { HostTensor, Weights } from "./Tensors.js"
import { WeightsError } from "./WeightsError.js"

interface Named extends Parameter {
  readonly full: string
}

const parametersOf = (network: Network): ReadonlyArray<Named> =>
  Layout.leaves(Layout.make(network.body)).flatMap(({ layer, path }) =>
    layer.parameters.map((parameter) => ({ ...parameter, full: Layout.join(path, parameter.name) }))
  )

/** Axis `i` of the result is axis `axes[i]` of the tensor. */
const permute = ({ data, shape }: HostTensor, axes: ReadonlyArray<number>): HostTensor => {
  const strides = shape.map((_, axis) => size(shape.slice(axis + 1)))
  const permuted = axes.map((axis) => shape[axis]!)
  const result = new Float32Array(data.length)
  let at = 0
  const walk = (axis: number, from: number): void => {
    if (axis === axes.length) {
      result[at++] = data[from]!
      return
    }
    const stride = strides[axes[axis]!]!
    for (let i = 0; i < permuted[axis]!; i++) {
      walk(axis + 1, from + i * stride)
    }
  }
  walk(0, 0)
  return { shape: permuted, data: result }
}

const inverse = (axes: ReadonlyArray<number>): ReadonlyArray<number> => axes.map((_, axis) => axes.indexOf(axis))

const torchShape = ({ shape, torchAxes }: Parameter): Shape => torchAxes?.map((axis) => shape[axis]!) ?? shape

/** PyTorch counts the batches that a batch norm has seen; nothing depends on it. */
const isIgnored = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name)

/** The weights with PyTorch's names and layouts (OIHW, [out, in]), ready for `Safetensors.encode` and `load_state_dict`. */
export const toTorch = (network: Network, weights: Weights<HostTensor>): Readonly<Record<string, Safetensors.Tensor>> =>
  Object.fromEntries(
    parametersOf(network).map(({ full, role, torchAxes }) => {
      const tensor = (role === "param" ? weights.params : weights.state)[full]!
      return [full, { dtype: "F32", ...(torchAxes === undefined ? tensor : permute(tensor, torchAxes)) }]
    })
  )

/**
 * The network's weights out of tensors with PyTorch's names and layouts.
 *
 * **Errors** one `WeightsError` that lists every tensor that is missing, is not the network's, or has another shape or type. The counter
 * `num_batches_tracked` is passed over.
 */
export const fromTorch = (
  network: Network,
  tensors: Readonly<Record<string, Safetensors.Tensor>>
): Result.Result<Weights<HostTensor>, WeightsError> => {
  const loaded: Record<"param" | "state", Record<string, HostTensor>> = { param: {}, state: {} }
  const missing: Array<string> = []
  const misshapen: Array<string> = []
  const unexpected = new Set(Object.keys(tensors).filter((name) => !isIgnored(name)))
  for (const parameter of parametersOf(network)) {
    const { full, role, torchAxes } = parameter
    if (!unexpected.delete(full)) {
      missing.push(full)
      continue
    }
    const tensor = tensors[full]!
    const expected = torchShape(parameter)
    if (tensor.dtype !== "F32" || show(tensor.shape) !== show(expected)) {
      misshapen.push(`${full} (${show(expected)} F32 expected, got ${show(tensor.shape)} ${tensor.dtype})`)
    } else {
      const { data, shape } = tensor
      loaded[role][full] = torchAxes === undefined ? { shape, data } : permute(tensor, inverse(torchAxes))
    }
  }
  return missing.length + misshapen.length + unexpected.size === 0
    ? Result.succeed({ params: loaded.param, state: loaded.state })
    : Result.fail(
        new WeightsError({
          reason: `these weights are not those of ${network.name}`,
          fix: "name the network that they were trained for, or give the weights of this one",
          missing,
          unexpected: [...unexpected],
          misshapen
        })
      )
}
