import { identity, Schema } from "effect"
import * as Augment from "../data/Augment.js"
import type { Dataset } from "../data/Dataset.js"
import * as ImageSet from "../data/ImageSet.js"
import { normalize } from "../data/Normalize.js"
import * as Airbench from "../model/families/Airbench.js"
import * as Init from "../model/Init.js"
import * as Networks from "../model/Networks.js"
import * as LearningRate from "./LearningRate.js"
import * as Loss from "./Loss.js"
import * as Optimizer from "./Optimizer.js"
import * as Plan from "./Plan.js"

const described = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })

const Count = described(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)), "a whole number of at least 1")
const Natural = described(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), "a whole number of at least 0")
const NotNegative = described(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)), "a number of at least 0")
const BelowOne = described(
  Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })),
  "a number of at least 0 and less than 1"
)
const Fraction = described(
  Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 })),
  "a number of at least 0 and at most 1"
)

/**
 * The learning rate over a run; the constructors of `LearningRate` as data.
 *
 * Milestones and warm-up are in epochs; `factor` multiplies the rate at each milestone, `initialFactor` and `finalFactor` the peak.
 */
export const Rate = Schema.Union([
  Schema.Struct({ kind: Schema.Literal("constant"), rate: NotNegative }),
  Schema.Struct({
    kind: Schema.Literal("multiStep"),
    rate: NotNegative,
    milestones: described(
      Schema.Array(Count).check(
        Schema.makeFilter((epochs) => epochs.every((epoch, i) => i === 0 || epoch > epochs[i - 1]!))
      ),
      "a list of epochs, each later than the one before, such as [30,45]"
    ),
    factor: Fraction
  }),
  Schema.Struct({
    kind: Schema.Literal("cosine"),
    rate: NotNegative,
    warmupEpochs: NotNegative,
    final: NotNegative
  }),
  Schema.Struct({
    kind: Schema.Literal("oneCycle"),
    peak: NotNegative,
    warmupFraction: Fraction,
    initialFactor: Fraction,
    finalFactor: Fraction
  })
])
export type Rate = typeof Rate.Type

/** Everything that decides what a run computes, and nothing about the machine that computes it. */
export const Recipe = Schema.Struct({
  /** What the dataset is called where data comes from. */
  dataset: Schema.String,
  network: Networks.NetworkSpec,
  seed: Natural,
  epochs: Count,
  batchSize: Count,
  /** What becomes of an epoch's last images when they do not fill a batch. */
  remainder: Schema.Literals(["keep", "drop"]),
  optimizer: Schema.Struct({ momentum: BelowOne, nesterov: Schema.Boolean, weightDecay: NotNegative }),
  rate: Rate,
  labelSmoothing: BelowOne,
  augment: described(
    Augment.Augment,
    'a list of steps, such as [{"crop":{"padding":4,"mode":"zero"}},{"flip":{}},{"rotate":{"degrees":10}}]'
  ),
  /** The part of the training images held back for validation. */
  validation: BelowOne,
  /** Steps between checkpoints within an epoch; each epoch's end has one anyway. */
  checkpointEvery: Natural
})
export type Recipe = typeof Recipe.Type

const seminar = {
  dataset: "cifar10",
  network: { name: "seminar-resnet", n: 5 },
  batchSize: 128
} as const

/** The named recipes: what each sets; the rest is left to the defaults. */
export const presets = {
  "mnist-cnn": {
    dataset: "mnist",
    network: { name: "mnist-cnn" },
    epochs: 5,
    batchSize: 64,
    rate: { kind: "oneCycle", peak: 0.05, warmupFraction: 0.2, initialFactor: 0.1, finalFactor: 0.01 }
  },
  "fashion-cnn": {
    dataset: "fashion-mnist",
    network: { name: "mnist-cnn" },
    epochs: 10,
    batchSize: 64,
    rate: { kind: "oneCycle", peak: 0.05, warmupFraction: 0.2, initialFactor: 0.1, finalFactor: 0.01 },
    augment: [Augment.flip]
  },
  /** The seminar's second recipe: the large rate, with weight decay. */
  "cifar10-seminar": {
    ...seminar,
    epochs: 51,
    optimizer: { momentum: 0.9, nesterov: false, weightDecay: 1e-4 },
    rate: { kind: "constant", rate: 0.1 }
  },
  /** The seminar's first recipe: a small rate, no decay. */
  "cifar10-seminar-first": {
    ...seminar,
    epochs: 21,
    optimizer: { momentum: 0.9, nesterov: false, weightDecay: 0 },
    rate: { kind: "constant", rate: 1e-4 }
  },
  "cifar10-quick": {
    dataset: "cifar10",
    network: { name: "resnet", blocks: [1, 1, 1, 1] },
    epochs: 7,
    batchSize: 128,
    remainder: "drop",
    optimizer: { momentum: 0.9, nesterov: true, weightDecay: 5e-4 },
    rate: { kind: "oneCycle", peak: 0.2, warmupFraction: 0.25, initialFactor: 0.1, finalFactor: 0.01 },
    augment: [Augment.crop(4), Augment.flip]
  }
} as const satisfies Readonly<Record<string, Partial<Recipe>>>
export type PresetName = keyof typeof presets

const rateOf =
  (rate: Rate) =>
  ({ perEpoch, total }: LearningRate.Steps): LearningRate.LearningRate => {
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

/** Begins with a first layer that whitens the training images, of which a tenth of CIFAR-10's tell enough. */
const whitened = (plan: Plan.Plan): Plan.Plan => {
  const { statistics, train } = plan.dataset
  const { count, images, shape } = ImageSet.slice(train, 0, Math.min(train.count, 5000))
  const seen = {
    shape: [count, shape.height, shape.width, shape.channels],
    data: normalize(images, shape.channels, statistics)
  }
  return Plan.startFrom(Airbench.whitened(Init.init(plan.network, plan.seed), seen))(plan)
}

/** The plan that a recipe makes for a dataset: its network takes the dataset's images and tells its classes apart. */
export const plan = (recipe: Recipe, dataset: Dataset): Plan.Plan =>
  Plan.make({
    dataset,
    network: Networks.build(recipe.network, { input: dataset.train.shape, classes: dataset.classNames.length })
  }).pipe(
    Plan.seed(recipe.seed),
    Plan.epochs(recipe.epochs),
    Plan.batchSize(recipe.batchSize),
    Plan.remainder(recipe.remainder),
    Plan.loss(Loss.crossEntropy({ labelSmoothing: recipe.labelSmoothing })),
    Plan.optimizer(Optimizer.sgd(recipe.optimizer)),
    Plan.rate(rateOf(recipe.rate)),
    Plan.augment(recipe.augment),
    Plan.validation(recipe.validation),
    Plan.checkpointEvery(recipe.checkpointEvery),
    recipe.network.name.startsWith("airbench") ? whitened : identity
  )
