import { Effect } from "effect"
import * as Plan from "../../train/Plan.js"
import * as RateFinder from "../../train/RateFinder.js"
import * as Step from "../../train/Step.js"
import * as TrainState from "../../train/TrainState.js"
import { Backend } from "../backend/Backend.js"
import * as Loader from "../loader/Loader.js"
import { attempt } from "./Attempt.js"
import * as Evaluator from "./Evaluator.js"
import * as LeakGuard from "./LeakGuard.js"
import type { TrainError } from "./Run.js"
import * as RunStart from "./RunStart.js"

/**
 * Searches a learning rate for a plan: trains a state of its own from the plan's start, with a rate that rises at every step, until the loss diverges.
 *
 * It trains on the batches of the plan's first epochs, with its optimizer, loss and augmentation. It changes nothing of a run, and frees all of its tensors.
 *
 * **Errors** those of a run. A loss that is not finite is none: it ends the search.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { Layers, type Network } from "effect-tensorflow/model"
 * import { Backend, FindRate } from "effect-tensorflow/services"
 * import { Plan, RateFinder } from "effect-tensorflow/train"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, [0, 255, 10, 240], [0, 1, 0, 1]))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "greys", classNames: ["dark", "light"], train: images, test: images }))
 * const network: Network.Network = {
 *   name: "linear",
 *   input: shape,
 *   classes: 2,
 *   body: Layers.chain(Layers.flatten, Layers.linear(1, 2))
 * }
 *
 * const search = FindRate.find(Plan.make({ network, dataset }), { steps: 50 })
 * const found = await Effect.runPromise(Effect.provide(search, Backend.layerCpu))
 * found.points.length // => 51
 * ```
 *
 * @category training
 */
export const find = (
  plan: Plan.Plan,
  range: Partial<RateFinder.Range> = {}
): Effect.Effect<RateFinder.Search, TrainError, Backend> =>
  Effect.gen(function* () {
    const checked = yield* Effect.fromResult(Plan.check(plan))
    const { kernels } = yield* Backend
    const loader = yield* Loader.make(yield* Loader.Workers)
    const step = yield* attempt(() =>
      LeakGuard.step(Step.make({ ...plan, steps: checked.steps, kernels }), plan, kernels)
    )
    const cell = yield* Effect.acquireRelease(
      Effect.map(
        attempt(() => RunStart.state(plan)),
        (train) => ({ train })
      ),
      ({ train }) => Effect.sync(() => TrainState.dispose(train))
    )
    let search = RateFinder.start(range)
    const { perEpoch } = checked.steps
    const epochs = Math.ceil((search.range.steps + 1) / perEpoch)
    const nextBatch = yield* loader.open(checked.train, { ...plan, epochs, outputs: plan.network.classes })
    while (!search.ended) {
      yield* Effect.yieldNow
      const done = search.points.length
      const batch = yield* nextBatch(Math.floor(done / perEpoch), done % perEpoch)
      const rate = RateFinder.rate(search)
      const loss = yield* Evaluator.withBatch(batch, plan.dataset.statistics, kernels, (images, targets) => {
        const { loss, next } = step(cell.train, images, targets, rate)
        TrainState.dispose(cell.train)
        cell.train = next
        return loss
      })
      search = RateFinder.add(search, loss)
    }
    return search
  }).pipe(Effect.scoped)
