import { Pipeable, Result, Schema } from "effect"
import type * as Augment from "../data/Augment.js"
import * as Batches from "../data/Batches.js"
import type { Dataset } from "../data/Dataset.js"
import type { DatasetError } from "../data/DatasetError.js"
import type { ImageSet } from "../data/ImageSet.js"
import { split } from "../data/Split.js"
import * as Network from "../model/Network.js"
import type { ShapeError } from "../model/ShapeError.js"
import type { HostTensor, Weights } from "../model/Tensors.js"
import { check as checkWeights } from "../model/weights/Weights.js"
import type { WeightsError } from "../model/weights/WeightsError.js"
import * as LearningRate from "./LearningRate.js"
import * as Loss from "./Loss.js"
import * as Optimizer from "./Optimizer.js"

/**
 * A training run as a value: what is trained on what, and how. It says nothing of where it runs or who watches.
 *
 * Made by `make` and changed by the functions below, with `pipe`.
 */
export interface Plan extends Pipeable.Pipeable {
  readonly network: Network.Network
  readonly dataset: Dataset
  readonly seed: number
  readonly epochs: number
  readonly batchSize: number
  /** What becomes of the images that do not fill an epoch's last batch. */
  readonly remainder: "keep" | "drop"
  readonly loss: Loss.Loss
  readonly optimizer: Optimizer.Optimizer
  readonly rate: (steps: LearningRate.Steps) => LearningRate.LearningRate
  readonly augment: Augment.Augment
  /** The weights to begin with; `undefined` for random ones that follow from the seed. */
  readonly start: Weights<HostTensor> | undefined
  /** Which parameters, by their paths, stay as they are; `undefined` where all learn. */
  readonly frozen: ((path: string) => boolean) | undefined
  /** Fraction of the training images set apart, never trained on and never augmented. */
  readonly validation: number
  /** Steps between checkpoints within an epoch; each epoch's end has one anyway. 0 for none. */
  readonly checkpointEvery: number
}

/** A plan that cannot be carried out: `reason` says what is wrong with it, `fix` what to change. */
export class PlanError extends Schema.TaggedError<PlanError>()("PlanError", {
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.reason}\n  fix: ${this.fix}`
  }
}

type Settings = Omit<Plan, "pipe">

const of = (settings: Settings): Plan => Object.assign(Object.create(Pipeable.Prototype), settings)

/**
 * A plan for `network` on `dataset`: seed 0, 10 epochs of batches of 128, SGD with momentum 0.9, one cycle up to a rate of 0.1, cross entropy,
 * no augmentation, no validation split.
 *
 * @category constructors
 */
export const make = (options: Pick<Plan, "network" | "dataset">): Plan =>
  of({
    seed: 0,
    epochs: 10,
    batchSize: 128,
    remainder: "keep",
    loss: Loss.crossEntropy(),
    optimizer: Optimizer.sgd({ momentum: 0.9 }),
    rate: ({ total }) => LearningRate.oneCycle({ peak: 0.1, totalSteps: total }),
    augment: [],
    start: undefined,
    frozen: undefined,
    validation: 0,
    checkpointEvery: 0,
    ...options
  })

const set =
  <K extends keyof Settings>(key: K) =>
  (value: Settings[K]) =>
  (plan: Plan): Plan =>
    of({ ...plan, [key]: value })

/** Sets the seed, from which initial weights, order and augmentation follow. */
export const seed = set("seed")
/** Sets the number of passes over the training images. */
export const epochs = set("epochs")
/** Sets the number of images in a step. */
export const batchSize = set("batchSize")
/** Keeps or drops the images that do not fill an epoch's last batch. */
export const remainder = set("remainder")
/** Sets the loss. */
export const loss = set("loss")
/** Sets the optimizer. */
export const optimizer = set("optimizer")
/** Sets the learning rate, given how many steps the run has. */
export const rate = set("rate")
/** Sets the random changes of the training images. */
export const augment = set("augment")
/** Begins with these weights in place of random ones. */
export const startFrom: (weights: Weights<HostTensor>) => (plan: Plan) => Plan = set("start")
/**
 * Freezes the parameters whose paths it is true of: they are not differentiated, and stay as they begin. A layer whose parameters are all frozen works as in `eval`:
 * a frozen batch norm keeps its running statistics, and uses them.
 */
export const freeze: (frozen: (path: string) => boolean) => (plan: Plan) => Plan = set("frozen")
/** Sets the fraction of the training images kept for validation. */
export const validation = set("validation")
/** Sets the steps between checkpoints within an epoch. */
export const checkpointEvery = set("checkpointEvery")

/** A plan found to make sense, with what follows from it. */
export interface Checked {
  readonly plan: Plan
  readonly train: ImageSet
  readonly validation: ImageSet
  readonly steps: LearningRate.Steps
  readonly rate: LearningRate.LearningRate
  /** The paths of the parameters that stay as they are. */
  readonly frozen: ReadonlyArray<string>
  /** The paths of the others, by the parts of the optimizer that advance them. */
  readonly learned: Optimizer.Assignment
}

/**
 * Checks a plan before the first tensor exists.
 *
 * **Errors** `ShapeError` when the network does not fit together, or not to the images or their classes; `WeightsError` when the weights to begin
 * with are not the network's; `PlanError` for a number that makes no
 * sense, for a `freeze` that freezes nothing or all, and for groups of an optimizer that do not cover what is learned; `DatasetError` for the validation split.
 */
export const check = (plan: Plan): Result.Result<Checked, PlanError | ShapeError | WeightsError | DatasetError> =>
  Result.gen(function* () {
    yield* atLeastOne("epochs", plan.epochs, 10)
    yield* atLeastOne("batch size", plan.batchSize, 128)
    yield* Network.validate(plan.network)
    yield* Network.checkData(plan.network, {
      shape: plan.dataset.train.shape,
      classes: plan.dataset.classNames.length
    })
    if (plan.start !== undefined) yield* checkWeights(plan.network, plan.start)
    const { train, validation } = yield* split(plan.dataset.train, plan.validation, plan.seed)
    const perEpoch = Batches.count(train.count, plan)
    if (perEpoch === 0) {
      return yield* Result.fail(
        new PlanError({
          reason: `no batch of ${plan.batchSize} can be made of ${train.count} training images`,
          fix: `set the batch size to ${train.count} or less, or keep the remainder`
        })
      )
    }
    const steps = { perEpoch, total: perEpoch * plan.epochs }
    const { frozen, learned } = yield* share(plan)
    return { plan, train, validation, steps, rate: plan.rate(steps), frozen, learned }
  })

/** Which parameters stay as they are, and which part of the optimizer advances which of the others. */
const share = ({ frozen, network, optimizer }: Plan): Result.Result<Pick<Checked, "frozen" | "learned">, PlanError> => {
  const paths = Network.parameters(network).flatMap(({ path, role }) => (role === "param" ? [path] : []))
  const isFrozen = (path: string) => frozen?.(path) ?? false
  const left = paths.filter((path) => !isFrozen(path))
  if (left.length === 0) {
    return Result.fail(
      new PlanError({
        reason: `all ${paths.length} parameters of ${network.name} are frozen: nothing is left to learn`,
        fix: "leave those of the last layer out of what is frozen"
      })
    )
  }
  if (frozen !== undefined && left.length === paths.length) {
    return Result.fail(
      new PlanError({
        reason: `no parameter of ${network.name} is frozen, though some were to be`,
        fix: `freeze some of ${paths.join(", ")}, or leave Plan.freeze out`
      })
    )
  }
  return Optimizer.assign(optimizer, left).pipe(
    Result.mapBoth({
      onSuccess: (learned) => ({ frozen: paths.filter(isFrozen), learned }),
      onFailure: (unassignable) => new PlanError(unassignable)
    })
  )
}

const atLeastOne = (name: string, value: number, example: number): Result.Result<void, PlanError> =>
  Number.isSafeInteger(value) && value >= 1
    ? Result.void
    : Result.fail(
        new PlanError({
          reason: `${name} is ${value}; expected a whole number of at least 1`,
          fix: `set ${name} to a number such as ${example}`
        })
      )
