import { Effect } from "effect"
import * as EvaluateRun from "./EvaluateRun.js"
import type * as Flags from "./Flags.js"
import { EvaluateResult } from "./Results.js"
import * as Trained from "./Trained.js"

/** `evaluate`: the weights of a run, or of a file, on the test images of a dataset. */
export const run = Effect.fnUntraced(function* ({
  dataset,
  normalize,
  tta,
  ...flags
}: Flags.Input<typeof Flags.evaluate>) {
  const chosen = yield* Trained.choose(flags, "evaluate")
  return yield* EvaluateRun.evaluate(chosen, { dataset, normalize, views: tta })
})

export const schema = EvaluateResult

export const text = ({ correct, dataset, loss, split, top1, total, tta, views }: EvaluateResult): string =>
  `${dataset}, ${split}${tta ? `, with the views ${views}` : ""}: ${top1 === null ? "" : `accuracy ${(100 * top1).toFixed(2)} % (${correct} of ${total}), `}loss ${loss.toFixed(4)}`
