import { Array as Arrays, Schema } from "effect"
import * as LearningRate from "../LearningRate.js"
import { Count, described, Fraction, NotNegative, withDefault } from "./Fields.js"

const rate = NotNegative.pipe(withDefault(0.01))
const final = NotNegative.pipe(withDefault(0))

const Positive = described(Schema.Finite.check(Schema.isGreaterThan(0)), "a number above 0")
const AtLeastOne = described(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)), "a number of at least 1")

const milestones = described(
  Schema.Array(Count).check(Schema.makeFilter((epochs) => epochs.every((epoch, i) => epoch > (epochs[i - 1] ?? 0)))),
  "a list of epochs, each later than the one before, such as [30,45]"
)

const kind = <const Kind extends string, const Fields extends Schema.Struct.Fields>(kind: Kind, fields: Fields) =>
  Schema.Struct({
    kind: Schema.Literal(kind),
    ...fields,
    /** Epochs of a linear rise before. */
    warmupEpochs: NotNegative.pipe(withDefault(0)),
    /** Whether the rate changes at every step or only between epochs; a warm-up always changes it at every step. */
    every: Schema.Literals(["step", "epoch"]).pipe(withDefault("step"))
  })

const kinds = [
  kind("constant", { rate }),
  kind("multiStep", { rate, milestones, factor: Fraction.pipe(withDefault(0.1)) }),
  kind("stepDecay", { rate, epochs: Count.pipe(withDefault(30)), factor: Fraction.pipe(withDefault(0.1)) }),
  kind("exponential", { rate, factor: Fraction.pipe(withDefault(0.9)) }),
  kind("polynomial", { rate, power: NotNegative.pipe(withDefault(1)), final }),
  kind("inverseSquareRoot", { rate, timescaleEpochs: Positive.pipe(withDefault(1)) }),
  kind("cosine", { rate, final }),
  kind("cosineRestarts", {
    rate,
    cycleEpochs: Positive.pipe(withDefault(10)),
    cycleFactor: AtLeastOne.pipe(withDefault(1)),
    final
  }),
  kind("oneCycle", {
    peak: NotNegative.pipe(withDefault(0.1)),
    warmupFraction: Fraction.pipe(withDefault(0.3)),
    initialFactor: Fraction.pipe(withDefault(1 / 25)),
    finalFactor: Fraction.pipe(withDefault(1 / 25e4)),
    shape: Schema.Literals(["cosine", "linear"]).pipe(withDefault("cosine"))
  })
] as const

const Simple = Schema.Union(kinds)
type Simple = typeof Simple.Type

const Part = Schema.Struct({
  /** The epochs that the part takes; the last part has what is left of the run. */
  epochs: Schema.optionalKey(Positive),
  rate: Simple
})

const parts = described(
  Schema.NonEmptyArray(Part).check(
    Schema.makeFilter((parts) => parts.every(({ epochs }, i) => (epochs === undefined) === (i === parts.length - 1)))
  ),
  'a list of rates with their epochs, the last of them without, such as [{"epochs":5,"rate":{"kind":"constant","rate":0.1}},{"rate":{"kind":"cosine","rate":0.1}}]'
)

/**
 * The learning rate over a run: the constructors of `LearningRate` as data.
 *
 * Lengths are in epochs. `factor` multiplies the rate at each milestone, after every `epochs` epochs (`stepDecay`), or over each epoch (`exponential`); `initialFactor` and `finalFactor` multiply
 * the peak. With `warmupEpochs`, a linear rise comes first and the rest of the run is for the rate itself; `milestones` are still epochs of the run.
 * The defaults of `oneCycle`, `polynomial` and the factors of 0.1 are PyTorch's.
 *
 * @category schemas
 */
export const Rate = Schema.Union([...kinds, Schema.Struct({ kind: Schema.Literal("sequence"), parts })])
/** @category schemas */
export type Rate = typeof Rate.Type

/** A rate without its warm-up, over `total` steps that come after `before` epochs. */
const bare = (rate: Simple, { perEpoch, total }: LearningRate.Steps, before: number): LearningRate.LearningRate => {
  switch (rate.kind) {
    case "constant":
      return LearningRate.constant(rate.rate)
    case "multiStep":
      return LearningRate.multiStep({
        ...rate,
        milestones: rate.milestones.map((epoch) => Math.round((epoch - before) * perEpoch))
      })
    case "stepDecay":
      return LearningRate.stepDecay({ ...rate, steps: rate.epochs * perEpoch })
    case "exponential":
      return LearningRate.exponential({ ...rate, steps: perEpoch })
    case "polynomial":
      return LearningRate.polynomial({ ...rate, totalSteps: total })
    case "inverseSquareRoot":
      return LearningRate.inverseSquareRoot({ ...rate, timescale: rate.timescaleEpochs * perEpoch })
    case "cosine":
      return LearningRate.cosine({ ...rate, totalSteps: total })
    case "cosineRestarts":
      return LearningRate.cosineRestarts({ ...rate, cycleSteps: rate.cycleEpochs * perEpoch })
    case "oneCycle":
      return LearningRate.oneCycle({ ...rate, totalSteps: total })
  }
}

const simple = (rate: Simple, { perEpoch, total }: LearningRate.Steps): LearningRate.LearningRate => {
  const warmupSteps = Math.round(rate.warmupEpochs * perEpoch)
  const left = total - warmupSteps
  const before = warmupSteps / perEpoch
  const after =
    rate.every === "step"
      ? bare(rate, { perEpoch, total: left }, before)
      : LearningRate.perEpoch(perEpoch, bare(rate, { perEpoch: 1, total: left / perEpoch }, before))
  return warmupSteps > 0 ? LearningRate.warmup(warmupSteps, after) : after
}

const of = (rate: Rate, { perEpoch, total }: LearningRate.Steps): LearningRate.LearningRate => {
  if (rate.kind !== "sequence") return simple(rate, { perEpoch, total })
  let left = total
  return LearningRate.sequence(
    Arrays.map(rate.parts, (part) => {
      const steps = part.epochs === undefined ? left : Math.round(part.epochs * perEpoch)
      left -= steps
      return { rate: simple(part.rate, { perEpoch, total: steps }), steps }
    })
  )
}

/**
 * The schedule of a rate; its data are what a checkpoint records.
 *
 * @category conversions
 */
export const schedule = (rate: Rate): LearningRate.Schedule =>
  LearningRate.schedule((steps) => of(rate, steps), { ...rate })
