import { Effect } from "effect"
import * as Init from "../../model/Init.js"
import * as Network from "../../model/Network.js"
import * as Weights from "../../model/weights/Weights.js"
import * as Plan from "../../train/Plan.js"
import * as WeightFiles from "../files/WeightFiles.js"
import type { Settings } from "./RunConfig.js"
import { RunConfigError } from "./RunConfigError.js"

type FineTune = Settings["fineTune"]

/**
 * The plan with the weights of a file to start from, and its frozen parts.
 *
 * @category plans
 */
export const apply = Effect.fnUntraced(function* ({ freeze, skip, weights }: FineTune, plan: Plan.Plan) {
  const isSkipped = yield* within(plan, "skip", skip)
  const isFrozen = yield* within(plan, "freeze", freeze)
  if (weights === null && skip.length > 0) {
    return yield* unusable("skip", "there is nothing to skip without a file of weights: set fineTune.weights")
  }
  const started = weights === null ? plan : Plan.startFrom(yield* load(weights, plan, isSkipped))(plan)
  return freeze.length === 0 ? started : Plan.freeze(isFrozen)(started)
})

/** The weights of the file; those of the skipped parts are random, from the seed. */
const load = Effect.fnUntraced(function* (file: string, { network, seed }: Plan.Plan, skip: (name: string) => boolean) {
  return Weights.merge(Init.init(network, seed), yield* WeightFiles.read(network, file, { skip }))
})

const within = ({ network }: Plan.Plan, key: keyof FineTune, paths: ReadonlyArray<string>) =>
  Effect.fromResult(Network.within(network, paths)).pipe(Effect.catch(({ message }) => unusable(key, message)))

const unusable = (key: keyof FineTune, problem: string) =>
  Effect.fail(new RunConfigError({ problems: [{ key: `fineTune.${key}`, origin: "settings", problem }] }))
