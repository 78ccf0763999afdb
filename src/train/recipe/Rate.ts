import { Schema } from "effect"
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
