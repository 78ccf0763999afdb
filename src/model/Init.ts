import * as Random from "../internal/Random.js"
import * as Initializer from "./Initializer.js"
import * as Network from "./Network.js"
import type { HostTensor, Weights } from "./Tensors.js"

/**
 * The initial weights, in host memory. Each parameter has its own generator, seeded by `seed` and its name, so that they are equal on all
 * backends and machines.
 *
 * By default, convolutions are He normal by fan-out with zero biases, norms 1 and 0, and linear layers uniform by fan-in, PyTorch's default.
 *
 * **Source** the convolutions: `kaiming_normal_(mode="fan_out", nonlinearity="relu")` of torchvision's ResNet.
 *
 * @example
 * ```ts
 * import { Init, MnistCnn } from "effect-tensorflow/model"
 *
 * const { params } = Init.init(MnistCnn.make(), 1)
 *
 * params["conv1.weight"]?.shape // => [5, 5, 1, 6]
 * params["conv1.bias"]?.data[0] // => 0
 * ```
 * @category initialization
 */
export const init = (network: Network.Network, seed: number): Weights<HostTensor> => {
  const weights: Record<"param" | "state", Record<string, HostTensor>> = { param: {}, state: {} }
  for (const { init, path, role, shape } of Network.parameters(network)) {
    weights[role][path] = { shape, data: Initializer.sample(init, shape, Random.make(seed, "init", path)) }
  }
  return { params: weights.param, state: weights.state }
}
