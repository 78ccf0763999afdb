import * as Random from "../internal/Random.js"
import * as Initializer from "./Initializer.js"
import * as Network from "./Network.js"
import type { HostTensor, Weights } from "./Tensors.js"

/**
 * The first weights, in host memory, each from a generator of its own that `seed` and its name give: equal on all backends and machines.
 *
 * Each as its layer says: unless told, convolutions He normal by fan-out with zero biases, norms 1 and 0, linear layers uniform by fan-in, as
 * PyTorch has them by default.
 *
 * **Source** the convolutions: `kaiming_normal_(mode="fan_out", nonlinearity="relu")` of torchvision's ResNet.
 */
export const init = (network: Network.Network, seed: number): Weights<HostTensor> => {
  const weights: Record<"param" | "state", Record<string, HostTensor>> = { param: {}, state: {} }
  for (const { init, path, role, shape } of Network.parameters(network)) {
    weights[role][path] = { shape, data: Initializer.sample(init, shape, Random.make(seed, "init", path)) }
  }
  return { params: weights.param, state: weights.state }
}
