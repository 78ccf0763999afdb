import { Effect } from "effect"
import * as EvaluateRun from "./EvaluateRun.js"
import type * as Flags from "./Flags.js"
import { EvaluateResult } from "./Results.js"
import * as ScoresText from "./ScoresText.js"
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

export const text = ({ dataset, split, tta, views, ...scores }: EvaluateResult): string =>
  `${dataset}, ${split}${tta ? `, with the views ${views}` : ""}: ${ScoresText.render(scores)}`
