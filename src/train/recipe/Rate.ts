import { Schema } from "effect"
import * as LearningRate from "../LearningRate.js"
import { Count, described, Fraction, NotNegative, withDefault } from "./Fields.js"

const rate = NotNegative.pipe(withDefault(0.01))

const milestones = described(
  Schema.Array(Count).check(Schema.makeFilter((epochs) => epochs.every((epoch, i) => epoch > (epochs[i - 1] ?? 0)))),
  "a list of epochs, each later than the one before, such as [30,45]"
)

/**
 * The learning rate over a run: the constructors of `LearningRate` as data.
 *
 * `milestones` and `warmupEpochs` are in epochs; `factor` multiplies the rate at each milestone, `initialFactor` and `finalFactor` multiply the peak.
 * The defaults of `oneCycle` are those of PyTorch's `OneCycleLR`.
 *
 * @category schemas
 */
export const Rate = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("constant"), rate }),
  Schema.Struct({
    kind: Schema.Literal("multiStep"),
    rate,
    milestones,
    factor: Fraction.pipe(withDefault(0.1))
  }),
  Schema.Struct({
    kind: Schema.Literal("cosine"),
    rate,
    warmupEpochs: NotNegative.pipe(withDefault(0)),
    final: NotNegative.pipe(withDefault(0))
  }),
  Schema.Struct({
    kind: Schema.Literal("oneCycle"),
    peak: NotNegative.pipe(withDefault(0.1)),
    warmupFraction: Fraction.pipe(withDefault(0.3)),
    initialFactor: Fraction.pipe(withDefault(1 / 25)),
    finalFactor: Fraction.pipe(withDefault(1 / 25e4))
  })
])
/** @category schemas */
export type Rate = typeof Rate.Type

const of = (rate: Rate, { perEpoch, total }: LearningRate.Steps): LearningRate.LearningRate => {
  switch (rate.kind) {
    case "constant":
      return LearningRate.constant(rate.rate)
    case "multiStep":
      return LearningRate.multiStep({ ...rate, milestones: rate.milestones.map((epoch) => epoch * perEpoch) })
    case "cosine":
      return LearningRate.cosine({
        ...rate,
        totalSteps: total,
        warmupSteps: Math.round(rate.warmupEpochs * perEpoch)
      })
    case "oneCycle":
      return LearningRate.oneCycle({ ...rate, totalSteps: total })
  }
}

/**
 * The schedule of a rate; its data are what a checkpoint records.
 *
 * @category conversions
 */
export const schedule = (rate: Rate): LearningRate.Schedule =>
  LearningRate.schedule((steps) => of(rate, steps), { ...rate })
