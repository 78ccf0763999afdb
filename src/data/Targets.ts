import { Result } from "effect"
import { DatasetError } from "./DatasetError.js"
import { firstWrong, type Labelled, type Task } from "./LabelKinds.js"

export type { Label, Labels, Task } from "./LabelKinds.js"

/**
 * What a network with so many outputs should give for each image, `[count, outputs]`: 1 at the class and 0 elsewhere; or the labels as they are.
 *
 * **Errors** `DatasetError` for a label that does not fit the outputs.
 *
 * @category conversions
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { Targets } from "effect-tensorflow/data"
 *
 * const rows = Targets.rowsOf({ task: "classes", count: 2, labels: Int32Array.of(2, 0) }, 3)
 * Array.from(Result.getOrThrow(rows)) // => [0, 0, 1, 1, 0, 0]
 * ```
 */
export const rowsOf = <T extends Task>(
  set: Labelled<T>,
  outputs: number
): Result.Result<Float32Array, DatasetError> => {
  const { count, labels, task } = set
  const wrong = firstWrong(set, outputs)
  if (wrong !== undefined || (task !== "classes" && labels.length !== count * outputs)) {
    const is = wrong === undefined ? `${labels.length / count} numbers` : `${wrong.label}`
    return Result.fail(
      new DatasetError({
        op: "option",
        reason: `the label of image ${wrong?.image ?? 0} is ${is}; expected ${wrong?.range ?? `${outputs} numbers`}, for ${outputs} outputs`,
        fix: "give as many outputs as there are classes, labels or values"
      })
    )
  }
  if (labels instanceof Float32Array) return Result.succeed(labels)
  const rows = new Float32Array(count * outputs)
  for (let image = 0; image < count; image++) rows[image * outputs + labels[image]!] = 1
  return Result.succeed(rows)
}
