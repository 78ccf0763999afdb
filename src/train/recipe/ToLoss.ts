import type { Dataset } from "../../data/Dataset.js"
import { isClasses } from "../../data/Images.js"
import * as Loss from "../Loss.js"
import type { Loss as LossOptions } from "./Loss.js"

/**
 * The loss that a recipe names, for a dataset.
 *
 * @category conversions
 */
export const loss = (options: LossOptions, dataset: Dataset): Loss.Loss => {
  const weights = (classWeights: Extract<LossOptions, { readonly kind: "focal" }>["classWeights"]) =>
    classWeights !== "balanced"
      ? (classWeights ?? undefined)
      : isClasses(dataset.train)
        ? Loss.balancedWeights(dataset.train, dataset.classNames.length)
        : undefined
  switch (options.kind) {
    case "crossEntropy":
      return Loss.crossEntropy({ ...options, classWeights: weights(options.classWeights) })
    case "focal":
      return Loss.focal({ ...options, classWeights: weights(options.classWeights) })
    case "binaryCrossEntropy":
      return Loss.binaryCrossEntropy({ positiveWeights: options.positiveWeights ?? undefined })
    case "binaryFocal":
      return Loss.binaryFocal(options)
    case "meanSquared":
      return Loss.meanSquared()
    case "huber":
      return Loss.huber(options)
  }
}
