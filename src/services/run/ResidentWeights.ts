import { Effect, Result, type Scope } from "effect"
import { uploadAll } from "../../internal/Transfer.js"
import type { Kernels } from "../../model/Kernels.js"
import * as Network from "../../model/Network.js"
import type { ShapeError } from "../../model/ShapeError.js"
import type { HostTensor, Tensors, Weights } from "../../model/Tensors.js"
import { check } from "../../model/weights/Weights.js"
import type { WeightsError } from "../../model/weights/WeightsError.js"
import { Backend } from "../backend/Backend.js"
import * as TensorScope from "../backend/TensorScope.js"
import type { BackendError } from "../native/BackendError.js"

/** A network's weights on the backend, and the kernels to compute with. */
export interface ResidentWeights {
  readonly params: Tensors
  readonly state: Tensors
  readonly kernels: Kernels
}

/**
 * Checks a network and its weights, and uploads them.
 *
 * **Ownership** the tensors belong to the scope.
 */
export const upload = (
  network: Network.Network,
  weights: Weights<HostTensor>
): Effect.Effect<ResidentWeights, BackendError | ShapeError | WeightsError, Backend | Scope.Scope> =>
  Effect.gen(function* () {
    yield* Effect.fromResult(Result.andThen(Network.validate(network), () => check(network, weights)))
    const { kernels } = yield* Backend
    const { params, state } = yield* TensorScope.compute(() => ({
      params: uploadAll(weights.params),
      state: uploadAll(weights.state)
    }))
    return { params, state, kernels }
  })
