import { Effect } from "effect"
import { Flag } from "effect/cli"
import * as Flags from "./Flags.js"
import * as Normalization from "./Normalization.js"
import * as Output from "./Output.js"
import { EvaluateResult } from "./Results.js"
import * as Trained from "./Trained.js"

/** `evaluate`: the weights of a run, or of a file, on the test images of a dataset. */
export const evaluate = Output.command(
  "evaluate",
  "Evaluate a trained network on the test images of a dataset",
  {
    ...Trained.flags,
    dataset: Flag.optional(Flags.dataset),
    normalize: Normalization.flag
  },
  {
    schema: EvaluateResult,
    text: ({ correct, dataset, loss, split, top1, total }) =>
      `${dataset}, ${split}: accuracy ${(100 * top1).toFixed(2)} % (${correct} of ${total}), loss ${loss.toFixed(4)}`
  },
  Effect.fnUntraced(function* ({ dataset, normalize, ...flags }) {
    const chosen = yield* Trained.choose(flags, "evaluate")
    // Loaded only now: the backends take their time.
    const EvaluateRun = yield* Effect.promise(() => import("./EvaluateRun.js"))
    return yield* EvaluateRun.evaluate(chosen, { dataset, normalize })
  })
)
