import { identity } from "effect"
import type { Dataset } from "../../data/Dataset.js"
import * as ImageSet from "../../data/ImageSet.js"
import { normalize } from "../../data/Normalize.js"
import type { Task } from "../../data/Targets.js"
import * as Airbench from "../../model/families/Airbench.js"
import * as Init from "../../model/Init.js"
import * as Networks from "../../model/Networks.js"
import * as Loss from "../Loss.js"
import * as Optimizer from "../Optimizer.js"
import * as Plan from "../Plan.js"
import { schedule } from "./Rate.js"
import type { Recipe } from "./Recipe.js"

/** Starts from a first layer that whitens the training images; the first 5,000 are enough to compute it from. */
const whitened = <T extends Task>(plan: Plan.Plan<T>): Plan.Plan<T> => {
  const { statistics, train } = plan.dataset
  const { count, images, shape } = ImageSet.slice(train, 0, Math.min(train.count, 5000))
  const seen = {
    shape: [count, shape.height, shape.width, shape.channels],
    data: normalize(images, shape.channels, statistics)
  }
  return Plan.startFrom(Airbench.whitened(Init.init(plan.network, plan.seed), seen))(plan)
}

/**
 * The plan that a recipe makes for a dataset: its network takes the dataset's images and has one output for each class.
 *
 * @category conversions
 */
export const plan = <T extends Task>(recipe: Recipe, dataset: Dataset<T>): Plan.Plan<T> =>
  Plan.make({
    dataset,
    network: Networks.build(recipe.network, { input: dataset.train.shape, classes: dataset.classNames.length })
  }).pipe(
    Plan.seed(recipe.seed),
    Plan.epochs(recipe.epochs),
    Plan.batchSize(recipe.batchSize),
    Plan.remainder(recipe.remainder),
    Plan.loss<Task>(Loss.crossEntropy({ labelSmoothing: recipe.labelSmoothing })),
    Plan.optimizer(Optimizer.sgd(recipe.optimizer)),
    Plan.rate(schedule(recipe.rate)),
    Plan.augment(recipe.augment),
    Plan.validation(recipe.validation),
    Plan.limitTrain(recipe.limitTrain),
    Plan.evaluateTest(recipe.evaluateTest),
    Plan.checkpointEvery(recipe.checkpointEvery),
    recipe.network.name.startsWith("airbench") ? whitened : identity
  )
