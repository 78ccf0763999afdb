import { Schema } from "effect"
import * as Augment from "../src/data/Augment.js"
import type { Dataset } from "../src/data/Dataset.js"
import type { ImageSet } from "../src/data/ImageSet.js"
import * as Random from "../src/internal/Random.js"
import { batchNorm, chain, conv, dropout, flatten, linear, maxPool, named, relu } from "../src/model/Layers.js"
import type { Network } from "../src/model/Network.js"
import * as LearningRate from "../src/train/LearningRate.js"
import * as Optimizer from "../src/train/Optimizer.js"
import * as Plan from "../src/train/Plan.js"
import * as Policy from "../src/train/Policy.js"

const shape = { height: 8, width: 8, channels: 1 }
const classes = 3

const images = (count: number, seed: number): ImageSet<"classes"> => {
  const generator = Random.make(seed, "torture")
  return {
    task: "classes",
    shape,
    count,
    images: Uint8Array.from({ length: count * 64 }, () => generator.below(256)),
    labels: Int32Array.from({ length: count }, () => generator.below(classes))
  }
}

/** 72 images of noise. */
export const dataset = (seed: number): Dataset<"classes"> => ({
  name: "noise",
  classNames: ["zero", "one", "two"],
  statistics: { mean: [0.5], deviation: [0.3] },
  train: images(60, seed),
  test: images(12, seed + 1)
})

const network: Network = {
  name: "tiny",
  input: shape,
  classes,
  body: chain(
    named("conv", conv(1, 4, { kernel: 3 })),
    named("norm", batchNorm(4)),
    named("relu", relu),
    named("pool", maxPool(2)),
    named("dropout", dropout(0.2)),
    named("flatten", flatten),
    named("linear", linear(64, classes))
  )
}

/** Lowers the rate when the loss rises twice in a row, takes every third rise back, and has the test images evaluated after the first epoch. */
const cautious = Policy.make({
  name: "cautious",
  options: { factor: 0.9 },
  state: Schema.Struct({ lowest: Schema.Number, last: Schema.Number, rises: Schema.Int }),
  initial: { lowest: Number.POSITIVE_INFINITY, last: Number.POSITIVE_INFINITY, rises: 0 },
  on: (state, event) => {
    if (event._tag === "EpochEnded") {
      const lowest = Math.min(state.lowest, event.train.loss)
      return [{ ...state, lowest }, event.epoch === 0 ? [Policy.evaluate("test")] : []]
    }
    if (event._tag !== "StepEnded") return [state, []]
    const rises = event.loss > state.last ? state.rises + 1 : state.rises
    const next = { ...state, last: event.loss, rises }
    if (rises === state.rises) return [next, []]
    return [next, rises % 3 === 0 ? [Policy.rollback] : rises % 2 === 0 ? [Policy.scaleRate(0.9)] : []]
  }
})

/**
 * A run with everything that a resume must put back: batch norm's statistics, dropout, augmentation, momentum, one cycle, a validation split, a policy with state,
 * a checkpoint every two steps. 2 epochs of 6 steps, a few milliseconds each.
 */
export const plan = (seed: number, dataset: Dataset): Plan.Plan =>
  Plan.make({ network, dataset }).pipe(
    Plan.seed(seed),
    Plan.epochs(2),
    Plan.batchSize(8),
    Plan.validation(0.2),
    Plan.augment([Augment.crop(1), Augment.flip]),
    Plan.optimizer(Optimizer.sgd({ momentum: 0.9, nesterov: true, weightDecay: 1e-3 })),
    Plan.rate(
      LearningRate.schedule(({ total }) => LearningRate.oneCycle({ peak: 0.2, totalSteps: total }), "one cycle")
    ),
    Plan.checkpointEvery(2),
    Plan.policy(cautious)
  )
