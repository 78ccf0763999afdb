import { Pipeable, Result } from "effect"
import * as Augment from "../data/Augment.js"
import * as Batches from "../data/Batches.js"
import { check as checkDataset, type Dataset } from "../data/Dataset.js"
import type { DatasetError } from "../data/DatasetError.js"
import type { Images } from "../data/Images.js"
import * as Mix from "../data/Mix.js"
import * as Sampling from "../data/Sampling.js"
import { sample, split } from "../data/Split.js"
import type { Task } from "../data/Targets.js"
import * as Network from "../model/Network.js"
import type { ShapeError } from "../model/ShapeError.js"
import type { HostTensor, Weights } from "../model/Tensors.js"
import { check as checkWeights } from "../model/weights/Weights.js"
import type { WeightsError } from "../model/weights/WeightsError.js"
import type * as Average from "./Average.js"
import * as Freezing from "./Freezing.js"
import * as LearningRate from "./LearningRate.js"
import * as Loss from "./Loss.js"
import type { Metric, Shape } from "./Metric.js"
import { checkAverage, checkSharpness, share } from "./ParameterChecks.js"
import { checkMetrics, checkTask } from "./PlanChecks.js"
import { type PlanError, refuse, whole } from "./PlanError.js"
import type { Policy } from "./Policy.js"
import { withSaving } from "./PolicyChecks.js"
import { schedule } from "./recipe/Rate.js"
import * as Recipe from "./recipe/Recipe.js"
import { average as averageOf } from "./recipe/ToAverage.js"
import { optimizer as optimizerOf } from "./recipe/ToOptimizer.js"
import { type Sharpness, smallestPiece } from "./StepGradients.js"
import type { Frozen } from "./TrainState.js"
import type { Transform } from "./Transform.js"
import type { Views } from "./ViewsKind.js"

export { PlanError } from "./PlanError.js"

/**
 * A training run as a value: what is trained on what, and how. Where it runs and who watches is up to services.
 *
 * Made by `make` and changed by the functions below, with `pipe`.
 *
 * @category models
 */
export interface Plan<T extends Task = Task> extends Pipeable.Pipeable {
  readonly network: Network.Network
  readonly dataset: Dataset<T>
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  /** Whether the images that do not fill an epoch's last batch are trained on. */
  readonly remainder: "keep" | "drop"
  readonly loss: Loss.Loss
  readonly optimizer: Transform
  /** Where the gradients are computed: at the parameters, or with `rho` more than 0 where the loss is about the largest within that distance. */
  readonly sam: Sharpness
  /** The images of a piece that gradients are computed of at once, to be averaged over the batch; 0 for the whole batch. */
  readonly microBatch: number
  /** The average of the weights that is evaluated, exported and kept; `undefined` for the weights themselves. */
  readonly average: Average.Average | undefined
  readonly rate: LearningRate.Schedule
  readonly augment: Augment.Augment
  /** How the images of a batch are mixed with each other. */
  readonly mix: Mix.Mix
  /** Which images an epoch has, and in which order. */
  readonly sampling: Sampling.Sampling
  /** The initial weights; `undefined` for random ones, drawn from the seed. */
  readonly start: Weights<HostTensor> | undefined
  /** Whether the parameter at a path is frozen; `undefined` if all are trained. */
  readonly frozen: Frozen
  /** Which frozen parameters are trained after how many epochs. */
  readonly unfreeze: ReadonlyArray<Freezing.Stage>
  /** Which parameters are no longer trained after how many epochs. */
  readonly freezeAfter: ReadonlyArray<Freezing.Stage>
  /** Fraction of the training images held back for validation: never trained on, never augmented. */
  readonly validation: number
  /** How many of the other training images are trained on: a fraction below 1, or a number of images; `null` for all. */
  readonly limitTrain: number | null
  /** Whether the test images are evaluated after every epoch or only at the end. With a validation split it is always the end. */
  readonly evaluateTest: "each-epoch" | "end"
  /** The test-time views with which the test images are evaluated once more at the end. */
  readonly views: Views
  /** Steps between checkpoints within an epoch, in addition to the one at the end of each epoch; 0 for none. */
  readonly checkpointEvery: number
  /** What decides during the run to save, stop, roll back or change the rate; they see each event in this order. */
  readonly policies: ReadonlyArray<Policy>
  /** What is measured; of a validation split, the first one says which checkpoint is the best. `undefined` for the metrics of the task (`Metrics.ofTask`). */
  readonly metrics: ReadonlyArray<Metric> | undefined
}

type Settings<T extends Task = Task> = Omit<Plan<T>, "pipe">

const of = <T extends Task>(settings: Settings<T>): Plan<T> =>
  Object.assign(Object.create(Pipeable.Prototype), settings)

/**
 * A plan for `network` on `dataset` with the defaults of a recipe: seed 0, 10 epochs of batches of 128, SGD with momentum 0.9, one cycle up to a rate of 0.1,
 * the loss of its task (`Loss.ofTask`), no augmentation, no validation split, the test images evaluated after every epoch.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Augment, Dataset, ImageSet } from "effect-tensorflow/data"
 * import { MnistCnn } from "effect-tensorflow/model"
 * import { LearningRate, Optimizer, Plan } from "effect-tensorflow/train"
 *
 * const shape = { height: 16, width: 16, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, new Uint8Array(4 * 16 * 16), [0, 1, 0, 1]))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "blank", classNames: ["a", "b"], train: images, test: images }))
 *
 * const plan = Plan.make({ network: MnistCnn.make({ input: shape, classes: 2 }), dataset }).pipe(
 *   Plan.epochs(20),
 *   Plan.batchSize(2),
 *   Plan.augment([Augment.crop(2)]),
 *   Plan.optimizer(Optimizer.sgd({ momentum: 0.9, weightDecay: 5e-4 })),
 *   Plan.rate(({ total }) => LearningRate.cosine({ rate: 0.1, totalSteps: total }))
 * )
 *
 * Result.getOrThrow(Plan.check(plan)).steps // => { perEpoch: 2, total: 40 }
 * ```
 *
 * @category constructors
 */
export const make = <T extends Task>(options: Pick<Plan<T>, "network" | "dataset">): Plan<T> => {
  const {
    average,
    clip,
    freezeAfter: _,
    layerDecay,
    loss: __,
    metrics: ___,
    optimizer,
    rate,
    ...rest
  } = Recipe.defaults
  return of({
    ...rest,
    loss: Loss.ofTask(options.dataset.train.task),
    optimizer: optimizerOf({ clip, layerDecay, optimizer }, options.network),
    average: averageOf(average),
    rate: schedule(rate),
    start: undefined,
    frozen: undefined,
    unfreeze: [],
    freezeAfter: [],
    policies: [],
    metrics: undefined,
    ...options
  })
}

const set =
  <K extends Exclude<keyof Settings, "dataset">>(key: K) =>
  (value: Settings[K]) =>
  <T extends Task>(plan: Plan<T>): Plan<T> =>
    of({ ...plan, [key]: value })

/** Sets the images that are trained on and evaluated. @category setters */
export const dataset =
  <T extends Task>(dataset: Dataset<T>) =>
  (plan: Plan<T>): Plan<T> =>
    of({ ...plan, dataset })
/** Sets the seed of the initial weights, the order of the images, augmentation and dropout. @category setters */
export const seed = set("seed")
/** Sets the number of passes over the training images. @category setters */
export const epochs = set("epochs")
/** Sets the number of images in a step. @category setters */
export const batchSize = set("batchSize")
/** Keeps or drops the images that do not fill an epoch's last batch. @category setters */
export const remainder = set("remainder")
/**
 * Sets the loss, which must be one for the task of the plan's dataset.
 *
 * @category setters
 */
export const loss: <A extends Task>(loss: Loss.Loss<A>) => <T extends A>(plan: Plan<T>) => Plan<T> = set("loss")
/** Sets the optimizer. @category setters */
export const optimizer = set("optimizer")
/**
 * Sets sharpness-aware minimization, such as `{ rho: 0.05, adaptive: false }`: gradients where the loss is about the largest within `rho` of the parameters, for
 * two passes a step in place of one; `rho: 0` for none.
 *
 * **Source** Foret et al. 2020, arXiv:2010.01412; Kwon et al. 2021, arXiv:2102.11600, adaptive.
 *
 * @category setters
 */
export const sam = set("sam")
/**
 * Sets the images of a piece that gradients are computed of at once, which takes the memory of one piece; 0 for the whole batch.
 *
 * Equal to the whole batch but for rounding, except that a batch norm normalizes each piece by its own statistics and updates its running ones once for each piece.
 *
 * @category setters
 */
export const microBatch = set("microBatch")
/**
 * Sets the average of the weights, `Average.ema()` or another, which is evaluated, exported and kept in place of the trained weights; `undefined` for none.
 *
 * @category setters
 */
export const average = set("average")
/** Sets the random changes of the training images. @category setters */
export const augment = set("augment")
/** Mixes the images of each batch with each other, by mixup, cutmix or both: `{ mixup: 0.8, cutmix: 1 }`. @category setters */
export const mix = (options: Parameters<typeof Mix.make>[0]) => set("mix")(Mix.make(options))
/** Sets which images an epoch has: each once, or some drawn with replacement. @category setters */
export const sampling = set("sampling")
/** Starts from these weights in place of random ones. @category setters */
export const startFrom: (weights: Weights<HostTensor>) => <T extends Task>(plan: Plan<T>) => Plan<T> = set("start")
/** Sets the fraction of the training images held back for validation. @category setters */
export const validation = set("validation")
/** Trains on a fraction (below 1) or a number of the training images, in the proportions of their classes. The validation split stays whole. @category setters */
export const limitTrain = set("limitTrain")
/** Sets when the test images are evaluated, if there is no validation split. @category setters */
export const evaluateTest = set("evaluateTest")
/** Sets the test-time views with which the test images are evaluated once more at the end of the run; `none` for no such evaluation. @category setters */
export const views = set("views")
/** Sets what is measured, in place of the metrics of the task; the first one says which checkpoint is the best. @category setters */
export const metrics = set("metrics")
/** Sets the steps between checkpoints within an epoch. @category setters */
export const checkpointEvery = set("checkpointEvery")

/**
 * Sets the learning rate: a schedule, or a function of the number of steps in the run.
 *
 * @category setters
 */
export const rate = (
  rate: LearningRate.Schedule | ((steps: LearningRate.Steps) => LearningRate.LearningRate)
): (<T extends Task>(plan: Plan<T>) => Plan<T>) =>
  set("rate")(typeof rate === "function" ? LearningRate.schedule(rate) : rate)

/**
 * Freezes the parameters for whose paths `frozen` is true: they have no gradient and never change. A layer whose parameters are all frozen works as in
 * evaluation: a frozen batch norm keeps its running statistics, and uses them.
 *
 * @category setters
 */
export const freeze: (frozen: (path: string) => boolean) => <T extends Task>(plan: Plan<T>) => Plan<T> = set("frozen")

/**
 * Unfreezes gradually: after `epoch` epochs, the frozen parameters for whose paths `paths` is true are trained too.
 *
 * Until then neither they nor their slots, which are zero, change. Adam's bias correction counts the steps of the run, as Keras's does: what is unfrozen late takes
 * larger steps at first, so unfreeze at a low rate.
 *
 * **Source** Howard and Ruder 2018, arXiv:1801.06146, sec. 3.3.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { MnistCnn } from "effect-tensorflow/model"
 * import { Plan } from "effect-tensorflow/train"
 *
 * const shape = { height: 16, width: 16, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, new Uint8Array(4 * 16 * 16), [0, 1, 0, 1]))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "blank", classNames: ["a", "b"], train: images, test: images }))
 *
 * const plan = Plan.make({ network: MnistCnn.make({ input: shape, classes: 2 }), dataset }).pipe(
 *   Plan.freeze((path) => path.startsWith("conv")),
 *   Plan.unfreeze([
 *     { epoch: 2, paths: (path) => path.startsWith("conv2.") },
 *     { epoch: 4, paths: (path) => path.startsWith("conv1.") }
 *   ])
 * )
 *
 * Result.getOrThrow(Plan.check(plan)).unfreeze[0] // => { epoch: 2, paths: ["conv2.weight", "conv2.bias"] }
 * ```
 *
 * @category setters
 */
export const unfreeze = set("unfreeze")

/**
 * Ends the training of some parameters: after `epoch` epochs, those for whose paths `paths` is true are frozen, and keep their values and slots.
 *
 * airbench trains the bias of its first layer for three epochs: from then on no gradient goes so far back.
 *
 * **Source** Jordan 2024, arXiv:2404.00498, sec. 3.2.
 *
 * @category setters
 */
export const freezeAfter = set("freezeAfter")

/**
 * The plan as it is in a 0-based epoch: what is frozen then stays so.
 *
 * @category accessors
 */
export const inEpoch = <T extends Task>(plan: Plan<T>, epoch: number): Plan<T> =>
  of({ ...plan, frozen: Freezing.frozenIn(plan, epoch), unfreeze: [], freezeAfter: [] })

/**
 * The plan in which all that is ever trained is trained: only what is frozen for the whole run is frozen.
 *
 * @category accessors
 */
export const unfrozen = <T extends Task>(plan: Plan<T>): Plan<T> =>
  of({ ...plan, frozen: Freezing.frozenThroughout(plan), unfreeze: [], freezeAfter: [] })

/**
 * Adds a policy after the plan's other policies.
 *
 * @category setters
 */
export const policy =
  (policy: Policy) =>
  <T extends Task>(plan: Plan<T>): Plan<T> =>
    of({ ...plan, policies: [...plan.policies, policy] })

/**
 * A valid plan, with what follows from it.
 *
 * @category models
 */
export interface Checked {
  readonly plan: Plan
  readonly train: Images
  readonly validation: Images
  readonly steps: LearningRate.Steps
  readonly rate: LearningRate.LearningRate
  /** The policies that save checkpoints, then those of the plan. */
  readonly policies: ReadonlyArray<Policy>
  readonly metrics: ReadonlyArray<Metric>
  /** The paths of the parameters that are frozen in the first epoch. */
  readonly frozen: ReadonlyArray<string>
  /** The paths of those that are trained after so many epochs. */
  readonly unfreeze: ReadonlyArray<Freezing.CheckedStage>
  /** The paths of those that are no longer trained after so many epochs. */
  readonly freezeAfter: ReadonlyArray<Freezing.CheckedStage>
  /** The paths of the ever trainable parameters; by label if the optimizer is a partition. */
  readonly trainable: ReadonlyArray<string> | Readonly<Record<string, ReadonlyArray<string>>>
}

/**
 * What the metrics of a plan measure.
 *
 * @category accessors
 */
export const shape = ({ plan, train }: Checked): Shape => ({ task: train.task, width: plan.network.classes })

/**
 * The metrics that are computed over the steps of an epoch too.
 *
 * @category accessors
 */
export const streamed = ({ metrics }: Checked): ReadonlyArray<Metric> => metrics.filter(({ streams }) => streams)

/**
 * Checks a plan, before the first tensor exists.
 *
 * **Errors** `ShapeError` when the network's layers do not fit together, or it does not fit the images or the classes; `WeightsError` when the initial weights are not the
 * network's; `PlanError` for a number out of range, a loss that is not for the dataset's task or whose options make no sense, a metric that is not for it, two metrics with one name, a `freeze` that freezes nothing or everything, an `unfreeze` of nothing, or after the last epoch, a `freezeAfter` of nothing or of everything, two policies with one name, and a partition that does not
 * fit the trainable parameters; `DatasetError` for the dataset, the augmentation, the validation split and the sampling.
 *
 * @category checks
 */
export const check = (plan: Plan): Result.Result<Checked, PlanError | ShapeError | WeightsError | DatasetError> =>
  Result.gen(function* () {
    yield* whole("seed", plan.seed, Number.MIN_SAFE_INTEGER, 0)
    yield* whole("epochs", plan.epochs, 1, 10)
    yield* whole("batch size", plan.batchSize, 1, 128)
    yield* whole("micro batch", plan.microBatch, 0, 32)
    yield* checkSharpness(plan.sam)
    yield* whole("checkpoint interval", plan.checkpointEvery, 0, 100)
    yield* checkDataset(plan.dataset)
    yield* Augment.compile(plan.augment, plan.dataset.train.shape)
    yield* Network.validate(plan.network)
    yield* Network.checkData(plan.network, {
      shape: plan.dataset.train.shape,
      classes: plan.dataset.classNames.length
    })
    yield* checkTask(plan)
    const metrics = yield* checkMetrics(plan)
    if (plan.start !== undefined) yield* checkWeights(plan.network, plan.start)
    const { train: rest, validation } = yield* split(plan.dataset.train, plan.validation, plan.seed)
    const train = plan.limitTrain === null ? rest : yield* sample(rest, plan.limitTrain, plan.seed)
    yield* Sampling.check(plan.sampling, train, plan.dataset.classNames.length)
    const images = Sampling.epochImages(plan.sampling, train.count)
    const perEpoch = Batches.count(images, plan)
    if (perEpoch === 0) {
      return yield* refuse(
        `no batch of ${plan.batchSize} can be made of ${images} training images`,
        `set the batch size to ${images} or less, or keep the remainder`
      )
    }
    const last = images - (perEpoch - 1) * plan.batchSize
    const { frozen } = unfrozen(plan)
    yield* Network.checkBatch(plan.network, {
      images: Math.min(...[plan.batchSize, last].map((size) => smallestPiece(size, plan.microBatch))),
      ...(frozen === undefined ? {} : { frozen })
    })
    const steps = { perEpoch, total: perEpoch * plan.epochs }
    yield* checkAverage(plan.average, steps)
    const parameters = yield* share(plan)
    const policies = yield* withSaving(plan, metrics, validation.count)
    return { plan, train, validation, steps, rate: plan.rate.at(steps), policies, metrics, ...parameters }
  })

/**
 * The sets that are evaluated after every epoch: the validation split if there is one, else the test images if the plan says so.
 *
 * @category accessors
 */
export const evaluatedEachEpoch = ({
  plan,
  validation
}: Checked): { readonly validation: boolean; readonly test: boolean } => ({
  validation: validation.count > 0,
  test: validation.count === 0 && plan.dataset.test.count > 0 && plan.evaluateTest === "each-epoch"
})
