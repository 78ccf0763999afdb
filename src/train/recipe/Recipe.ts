import { Schema, Struct } from "effect"
import { Augment } from "../../data/Augment.js"
import { Mix } from "../../data/Mix.js"
import { NetworkSpec } from "../../model/NetworkSpec.js"
import { MetricName, metricNames } from "../metrics/Names.js"
import { Views } from "../ViewsKind.js"
import { Averaging } from "./Averaging.js"
import { Amount, BelowOne, Count, described, Natural, NotNegative, withDefault } from "./Fields.js"
import { Loss } from "./Loss.js"
import { Clip, LayerDecay, OptimizerOptions } from "./Optimization.js"
import { PolicySpec } from "./PolicySpec.js"
import { Rate } from "./Rate.js"
import { Sampling } from "./Sampling.js"

/**
 * The default dataset and network.
 *
 * @category constructors
 */
export const defaultTask = { dataset: "mnist", network: { name: "mnist-cnn" } } as const

/**
 * Everything that decides what a run computes, and nothing about the machine that computes it. Each field has its one default here.
 *
 * @category schemas
 */
export const Recipe = Schema.Struct({
  /** The name of the dataset. */
  dataset: Schema.String.pipe(withDefault(defaultTask.dataset)),
  network: NetworkSpec.pipe(withDefault(defaultTask.network)),
  seed: Natural.pipe(withDefault(0)),
  epochs: Count.pipe(withDefault(10)),
  batchSize: Count.pipe(withDefault(128)),
  /** Whether the last images of an epoch are trained on when they do not fill a batch. */
  remainder: Schema.Literals(["keep", "drop"]).pipe(withDefault("keep")),
  optimizer: OptimizerOptions.pipe(withDefault({})),
  /** The clipping of gradients before the optimizer. */
  clip: Clip.pipe(withDefault({ kind: "none" })),
  /** Parts of the network, by their paths, that are no longer trained after so many epochs. */
  freezeAfter: described(
    Schema.Array(Schema.Struct({ epoch: Count, paths: Schema.Array(Schema.String) })),
    'a list such as [{"epoch":3,"paths":["whiten.bias"]}], each after a number of epochs of at least 1'
  ).pipe(withDefault([])),
  /** Layer-wise decay of the rate: a layer's rate is this to the power of its distance from the last layer; 1 for none. */
  layerDecay: LayerDecay.pipe(withDefault(1)),
  /** Sharpness-aware minimization within the distance `rho`, such as 0.05; 0 for none. */
  sam: Schema.Struct({
    rho: NotNegative.pipe(withDefault(0)),
    adaptive: Schema.Boolean.pipe(withDefault(false))
  }).pipe(withDefault({})),
  /** The images of a piece that gradients are computed of at once, to be averaged over the batch; 0 for the whole batch. */
  microBatch: Natural.pipe(withDefault(0)),
  /** The average of the weights that is evaluated, exported and kept. */
  average: Averaging.pipe(withDefault({ kind: "none" })),
  rate: Rate.pipe(withDefault({ kind: "oneCycle" })),
  loss: Loss.pipe(withDefault({ kind: "crossEntropy" })),
  augment: described(
    Augment,
    'a list of steps, such as [{"crop":{"padding":4,"mode":"zero"}},{"flip":{}},{"randAugment":{}}]'
  ).pipe(withDefault([])),
  /** How the images of a batch are mixed with each other. */
  mix: Mix.pipe(withDefault({})),
  sampling: Sampling.pipe(withDefault({ kind: "uniform" })),
  /** Fraction of the training images held back for validation. */
  validation: BelowOne.pipe(withDefault(0)),
  /** How many of the other training images are trained on: a fraction below 1, or a number of images; `null` for all. */
  limitTrain: Schema.NullOr(Amount).pipe(withDefault(null)),
  /** When the test set is evaluated. With a validation split, the split is evaluated after each epoch and the test set once at the end, whatever this says. */
  evaluateTest: Schema.Literals(["each-epoch", "end"]).pipe(withDefault("each-epoch")),
  /** The test-time views with which the test images are evaluated once more at the end of the run. */
  views: Views.pipe(withDefault("none")),
  /** What is measured, by name, the one by which the best checkpoint is chosen first; "auto" for the metrics of the task. */
  metrics: described(
    Schema.Union([Schema.Literal("auto"), Schema.Array(MetricName)]),
    `"auto", or a list of ${metricNames}`
  ).pipe(withDefault("auto")),
  /** Steps between checkpoints within an epoch; each epoch ends with one anyway. */
  checkpointEvery: Natural.pipe(withDefault(0)),
  /** What decides during the run to save, stop, go back or change the rate. */
  policies: described(
    Schema.Array(PolicySpec),
    'a list of policies, such as [{"kind":"earlyStopping","patience":5},{"kind":"budget","minutes":30}]'
  ).pipe(withDefault([]))
})
/** @category schemas */
export type Recipe = typeof Recipe.Type

/**
 * What a recipe is made from: any of its fields, the others take their defaults.
 *
 * @category schemas
 */
export type Input = typeof Recipe.Encoded

/**
 * A whole recipe from some of its fields.
 *
 * **Errors** throws a `SchemaError` for a value that the field does not take, as `make` of a Schema does; `Schema.decodeUnknownEffect(Recipe.Recipe)`
 * fails with it.
 *
 * @example
 * ```ts
 * import { Recipe } from "effect-tensorflow/train"
 *
 * const recipe = Recipe.make({ dataset: "cifar10", network: { name: "resnet18" }, optimizer: { weightDecay: 5e-4 } })
 *
 * recipe.optimizer // => { kind: "sgd", momentum: 0.9, nesterov: false, normBiasRate: 1, weightDecay: 0.0005, decayed: "all" }
 * recipe.epochs // => 10
 * ```
 * @category constructors
 */
export const make: (fields: Input) => Recipe = Schema.decodeSync(Recipe, { onExcessProperty: "error" })

/**
 * The defaults of all fields but the dataset and the network.
 *
 * @category constructors
 */
export const defaults: Omit<Recipe, "dataset" | "network"> = Struct.omit(make({}), ["dataset", "network"])
