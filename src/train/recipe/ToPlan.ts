import { Effect, identity } from "effect"
import type { Dataset } from "../../data/Dataset.js"
import type { DatasetError } from "../../data/DatasetError.js"
import * as ImageSet from "../../data/ImageSet.js"
import * as Images from "../../data/Images.js"
import { normalize } from "../../data/Normalize.js"
import type { Task } from "../../data/Targets.js"
import * as Airbench from "../../model/families/Airbench.js"
import * as Init from "../../model/Init.js"
import * as Network from "../../model/Network.js"
import * as Networks from "../../model/Networks.js"
import * as Metrics from "../Metrics.js"
import * as Plan from "../Plan.js"
import { policy } from "./PolicySpec.js"
import { schedule } from "./Rate.js"
import type { Recipe } from "./Recipe.js"
import { average } from "./ToAverage.js"
import { loss } from "./ToLoss.js"
import { optimizer } from "./ToOptimizer.js"

/** As many images are enough to compute a whitening from. */
const whitenedFrom = 5000

const isWhitened = ({ network }: Recipe): boolean => network.name.startsWith("airbench")

/** Starts from a first layer that whitens these images. */
const whitened =
  ({ count, images, shape }: ImageSet.ImageSet) =>
  <T extends Task>(plan: Plan.Plan<T>): Plan.Plan<T> => {
    const seen = {
      shape: [count, shape.height, shape.width, shape.channels],
      data: normalize(images, shape.channels, plan.dataset.statistics)
    }
    return Plan.startFrom(Airbench.whitened(Init.init(plan.network, plan.seed), seen))(plan)
  }

/**
 * As `plan`, for a dataset whose images may be read when they are needed: a first layer that whitens them is computed from the first 5,000, which
 * are read now.
 *
 * **Errors** `DatasetError` that names the file that cannot be read or decoded.
 *
 * @category conversions
 */
export const load = <T extends Task>(recipe: Recipe, dataset: Dataset<T>): Effect.Effect<Plan.Plan<T>, DatasetError> =>
  isWhitened(recipe) && Images.isStored(dataset.train)
    ? Images.inMemory(Images.slice(dataset.train, 0, whitenedFrom)).pipe(
        Effect.map((first) => whitened(first)(plan(recipe, dataset)))
      )
    : Effect.succeed(plan(recipe, dataset))

/**
 * The plan that a recipe makes for a dataset: its network takes the dataset's images and has one output for each class. For a stored dataset `load`
 * also reads what a first layer that whitens images is computed from; here that layer stays random.
 *
 * @category conversions
 */
export const plan = <T extends Task>(recipe: Recipe, dataset: Dataset<T>): Plan.Plan<T> => {
  const network = Networks.build(recipe.network, { input: dataset.train.shape, classes: dataset.classNames.length })
  const trained = Plan.make({ dataset, network }).pipe(
    Plan.seed(recipe.seed),
    Plan.epochs(recipe.epochs),
    Plan.batchSize(recipe.batchSize),
    Plan.remainder(recipe.remainder),
    Plan.loss(loss(recipe.loss, dataset)),
    Plan.optimizer(optimizer(recipe, network)),
    Plan.freezeAfter(
      recipe.freezeAfter.map(({ epoch, paths }) => ({ epoch, paths: (path) => Network.isWithin(path, paths) }))
    ),
    Plan.sam(recipe.sam),
    Plan.microBatch(recipe.microBatch),
    Plan.average(average(recipe.average)),
    Plan.rate(schedule(recipe.rate)),
    Plan.augment(recipe.augment),
    Plan.mix(recipe.mix),
    Plan.sampling(recipe.sampling)
  )
  return trained.pipe(
    Plan.validation(recipe.validation),
    Plan.limitTrain(recipe.limitTrain),
    Plan.evaluateTest(recipe.evaluateTest),
    Plan.views(recipe.views),
    Plan.checkpointEvery(recipe.checkpointEvery),
    Plan.metrics(recipe.metrics === "auto" ? undefined : recipe.metrics.flatMap((name) => Metrics.named(name) ?? [])),
    (plan) => recipe.policies.reduce((plan, spec) => Plan.policy(policy(spec))(plan), plan),
    isWhitened(recipe) && !Images.isStored(dataset.train)
      ? whitened(ImageSet.slice(dataset.train, 0, whitenedFrom))
      : identity
  )
}
