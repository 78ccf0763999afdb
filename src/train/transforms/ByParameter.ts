import type { Network } from "../../model/Network.js"
import { type Placed, placed } from "../Depth.js"
import type { Transform } from "../Transform.js"
import { chain } from "./Chain.js"
import { scaleByPath } from "./ScaleByPath.js"

/**
 * A label for `partition` by what is known of a parameter: the `kind` of its layer, its `name` there, its `shape`, its `depth` from 0 to `deepest`.
 *
 * A residual block counts as one of the depths, any other layer with parameters as another; a norm has the depth of what comes before it.
 *
 * @example
 * ```ts
 * import { MnistCnn } from "effect-tensorflow/model"
 * import { Optimizer } from "effect-tensorflow/train"
 *
 * const network = MnistCnn.make({ input: { height: 28, width: 28, channels: 1 }, classes: 10 })
 * const label = Optimizer.byParameter(network, ({ deepest, depth, shape }) =>
 *   depth === deepest ? "head" : shape.length > 1 ? "matrices" : "vectors"
 * )
 *
 * label("conv1.weight") // => "matrices"
 * label("conv1.bias") // => "vectors"
 * label("fc3.weight") // => "head"
 * ```
 *
 * @category combinators
 */
export const byParameter = (network: Network, label: (parameter: Placed) => string): ((path: string) => string) => {
  const labels = new Map([...placed(network)].map(([path, parameter]) => [path, label(parameter)]))
  return (path) => labels.get(path) ?? ""
}

/**
 * Layer-wise decay of the learning rate: `decay ^ (deepest - depth)` times the updates of a transform, so that layers change less the nearer they are to the images.
 *
 * Depths are those of `byParameter`. **Source** Clark et al. 2020, arXiv:2003.10555; timm's `param_groups_layer_decay`.
 *
 * @category combinators
 */
export const layerwiseDecay = (network: Network, decay: number, transform: Transform): Transform =>
  chain(
    transform,
    scaleByPath(
      Object.fromEntries(
        [...placed(network)].flatMap(([path, { deepest, depth, role }]) =>
          role === "param" ? [[path, decay ** (deepest - depth)]] : []
        )
      )
    )
  )
