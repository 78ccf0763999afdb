import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import * as Flags from "./Flags.js"
import * as Output from "./Output.js"
import { EvaluateResult } from "./Results.js"

/** `evaluate`: the weights of a run, or of a file, on the test images of a dataset. */
export const evaluate = Output.command(
  "evaluate",
  "Evaluate a trained network on the test images of a dataset",
  {
    run: Flag.optional(Flags.run),
    network: Flags.network,
    weights: Flag.String("weights").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription("Weights as safetensors, with PyTorch's names and layouts"),
      Flag.optional
    ),
    dataset: Flags.dataset
  },
  {
    schema: EvaluateResult,
    text: ({ correct, dataset, loss, split, top1, total }) =>
      `${dataset}, ${split}: accuracy ${(100 * top1).toFixed(2)} % (${correct} of ${total}), loss ${loss.toFixed(4)}`
  },
  Effect.fnUntraced(function* ({ dataset, network, run, weights }) {
    // Loaded only now: the backends take their time.
    const EvaluateRun = yield* Effect.promise(() => import("./EvaluateRun.js"))
    if (Option.isSome(run) && Option.isNone(network) && Option.isNone(weights)) {
      return yield* EvaluateRun.ofRun(run.value, dataset)
    }
    if (Option.isNone(run) && Option.isSome(network) && Option.isSome(weights)) {
      return yield* EvaluateRun.ofFile(network.value, weights.value, dataset)
    }
    return yield* Flags.misuse("say what to evaluate: --run DIR, or --network NAME and --weights FILE")
  })
)
