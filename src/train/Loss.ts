import type { Task } from "../data/Targets.js"
import { binaryCrossEntropy } from "./losses/BinaryCrossEntropy.js"
import { crossEntropy } from "./losses/CrossEntropy.js"
import type { Loss } from "./losses/LossFunction.js"
import { meanSquared } from "./losses/Regression.js"

export { binaryCrossEntropy, binaryFocal } from "./losses/BinaryCrossEntropy.js"
export { balancedWeights, crossEntropy, focal } from "./losses/CrossEntropy.js"
export { type Loss, LossSpec, make } from "./losses/LossFunction.js"
export { huber, meanSquared } from "./losses/Regression.js"

const plain: { readonly [T in Task]: Loss<T> } = {
  classes: crossEntropy(),
  multiple: binaryCrossEntropy(),
  values: meanSquared()
}

/**
 * The loss that a task has by default, and that evaluations give: cross entropy of classes, binary cross entropy of several labels, the mean squared
 * error of values.
 *
 * @category accessors
 */
export const ofTask = <T extends Task>(task: T): Loss<T> => plain[task]
