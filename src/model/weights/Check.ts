import { Result } from "effect"
import * as Network from "../Network.js"
import { type Shape, show } from "../Shape.js"
import type { Weights } from "../Tensors.js"
import { WeightsError } from "./WeightsError.js"

/** As much of a tensor as a check looks at. */
interface Shaped {
  readonly shape: Shape
  readonly isDisposed?: boolean
}

/**
 * A check of weights by names and shapes alone: none of the `required` ones may be missing, and none may be there that the network does not have.
 *
 * Made once for a network, it is cheap enough to call before each computation.
 */
export const of = (
  network: Network.Network,
  required: ReadonlyArray<Network.Located>
): ((weights: Weights<Shaped>) => Result.Result<void, WeightsError>) => {
  const known = {
    param: new Set(Network.parameters(network).flatMap(({ path, role }) => (role === "param" ? [path] : []))),
    state: new Set(Network.parameters(network).flatMap(({ path, role }) => (role === "state" ? [path] : [])))
  }
  return ({ params, state }) => {
    const groups = { param: params, state }
    const missing: Array<string> = []
    const misshapen: Array<string> = []
    const disposed: Array<string> = []
    for (const { path, role, shape } of required) {
      const tensor = groups[role][path]
      if (tensor === undefined) missing.push(path)
      else if (tensor.isDisposed) disposed.push(path)
      else if (!equal(tensor.shape, shape)) {
        misshapen.push(`${path} (${show(shape)} expected, got ${show(tensor.shape)})`)
      }
    }
    const unexpected = [
      ...Object.keys(params).filter((path) => !known.param.has(path)),
      ...Object.keys(state).filter((path) => !known.state.has(path))
    ]
    if (missing.length + misshapen.length + unexpected.length > 0) {
      return Result.fail(
        new WeightsError({
          reason: `these weights are not those of ${network.name}`,
          fix: "give the weights of this network: from Init.init, a checkpoint or Weights.fromTorch, merged where some were skipped",
          missing,
          unexpected,
          misshapen
        })
      )
    }
    return disposed.length === 0
      ? Result.void
      : Result.fail(
          new WeightsError({
            reason: `the ${disposed.length === 1 ? "tensor" : "tensors"} ${disposed.join(", ")} of ${network.name} ${disposed.length === 1 ? "was" : "were"} disposed`,
            fix: "give tensors that are alive: of the newest state, from a scope that is still open",
            missing,
            unexpected,
            misshapen
          })
        )
  }
}

const equal = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((length, axis) => length === b[axis])
