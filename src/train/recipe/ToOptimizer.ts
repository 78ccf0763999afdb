import type { Network } from "../../model/Network.js"
import * as Optimizer from "../Optimizer.js"
import type { Transform } from "../Transform.js"
import type { Clip, OptimizerOptions } from "./Optimization.js"

const updates = (options: OptimizerOptions, network: Network): Transform => {
  switch (options.kind) {
    case "sgd": {
      const { normBiasRate, ...sgd } = options
      return normBiasRate === 1
        ? Optimizer.sgd(sgd)
        : Optimizer.partition(
            Optimizer.byParameter(network, ({ kind, name }) =>
              name === "bias" && kind.endsWith("Norm") ? "normBiases" : "others"
            ),
            {
              normBiases: Optimizer.atRate(
                normBiasRate,
                Optimizer.sgd({ ...sgd, weightDecay: sgd.weightDecay / normBiasRate })
              ),
              others: Optimizer.sgd(sgd)
            }
          )
    }
    case "adam":
      return Optimizer.adam(options)
    case "adamw":
      return Optimizer.adamw(options)
    case "nadam":
      return Optimizer.nadam(options)
    case "rmsprop":
      return Optimizer.rmsprop(options)
    case "adagrad":
      return Optimizer.adagrad(options)
    case "lamb":
      return Optimizer.lamb(options)
    case "lion":
      return Optimizer.lion(options)
    case "muon": {
      const { othersRate, ...muon } = options
      return Optimizer.partition(
        Optimizer.byParameter(network, ({ deepest, depth, shape }) =>
          shape.length > 1 && depth < deepest ? "matrices" : "others"
        ),
        {
          matrices: Optimizer.muon(muon),
          others: Optimizer.atRate(othersRate, Optimizer.adamw({ betas: [0.9, 0.95], epsilon: 1e-10, weightDecay: 0 }))
        }
      )
    }
  }
}

const clipping = (clip: Clip, network: Network): ReadonlyArray<Transform> => {
  switch (clip.kind) {
    case "none":
      return []
    case "value":
      return [Optimizer.clipByValue(clip.limit)]
    case "norm":
      return [Optimizer.clipByGlobalNorm(clip.limit)]
    case "adaptive":
      return [
        Optimizer.partition(
          Optimizer.byParameter(network, ({ deepest, depth }) => (depth < deepest ? "clipped" : "last")),
          { clipped: Optimizer.clipAdaptive(clip), last: Optimizer.chain() }
        )
      ]
  }
}

/**
 * The optimizer of a network that a recipe's fields describe.
 *
 * @category conversions
 */
export const optimizer = (
  {
    clip,
    layerDecay,
    optimizer
  }: { readonly clip: Clip; readonly layerDecay: number; readonly optimizer: OptimizerOptions },
  network: Network
): Transform => {
  const clips = clipping(clip, network)
  const plain = updates(optimizer, network)
  const clipped = clips.length === 0 ? plain : Optimizer.chain(...clips, plain)
  return layerDecay === 1 ? clipped : Optimizer.layerwiseDecay(network, layerDecay, clipped)
}
