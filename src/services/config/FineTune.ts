import { Effect } from "effect"
import { FetchHttpClient } from "effect/http"
import * as Init from "../../model/Init.js"
import * as Network from "../../model/Network.js"
import type * as Tensors from "../../model/Tensors.js"
import * as Weights from "../../model/weights/Weights.js"
import * as Plan from "../../train/Plan.js"
import * as WeightFiles from "../files/WeightFiles.js"
import * as Pretrained from "../pretrained/Pretrained.js"
import type { Settings } from "./RunConfig.js"
import { RunConfigError } from "./RunConfigError.js"

type FineTune = Settings["fineTune"]

/**
 * The plan with the weights to start from, of a file or published ones, and its frozen parts, of which some may be trained after some epochs.
 *
 * Published weights (`pretrained`, or `pretrained:resnet50-v1`) come with their normalization, which takes the place of the dataset's; and unless the dataset's classes
 * are theirs, the last layer starts at random.
 *
 * @category plans
 */
export const apply = Effect.fnUntraced(function* ({ freeze, skip, unfreeze, weights }: FineTune, plan: Plan.Plan) {
  const isSkipped = yield* within(plan, "skip", skip)
  const isFrozen = yield* within(plan, "freeze", freeze)
  if (weights === null && skip.length > 0) {
    return yield* unusable("skip", "there is nothing to skip without weights to start from: set fineTune.weights")
  }
  const started = weights === null ? plan : yield* startFrom(weights, plan, isSkipped)
  const stages = yield* Effect.forEach(unfreeze, ({ epoch, paths }) =>
    Effect.map(within(plan, "unfreeze", paths), (paths) => ({ epoch, paths }))
  )
  const frozen = freeze.length === 0 ? started : Plan.freeze(isFrozen)(started)
  return stages.length === 0 ? frozen : Plan.unfreeze(stages)(frozen)
})

const startFrom = Effect.fnUntraced(function* (weights: string, plan: Plan.Plan, skip: (name: string) => boolean) {
  const name = Pretrained.asked(weights, plan.network.name)
  if (name === undefined) return from(plan, yield* WeightFiles.read(plan.network, weights, { skip }))
  const entry = yield* Pretrained.find(name)
  const stored = yield* Pretrained.tensors(entry).pipe(Effect.provide(FetchHttpClient.layer))
  const { classNames, deviation, mean } = entry.preprocessing
  const head =
    Network.parameters(plan.network)
      .at(-1)
      ?.path.replace(/\.[^.]*$/, ".") ?? ""
  const isHead = (parameter: string) =>
    classNames.join("\n") !== plan.dataset.classNames.join("\n") && parameter.startsWith(head)
  const loaded = yield* Effect.fromResult(
    Weights.fromTorch(plan.network, stored, { skip: (parameter) => skip(parameter) || isHead(parameter) })
  )
  return from({ ...plan, dataset: { ...plan.dataset, statistics: { mean, deviation } } }, loaded)
})

/** The plan that starts from these weights; those that are left out are random, from the seed. */
const from = (plan: Plan.Plan, loaded: Tensors.Weights<Tensors.HostTensor>): Plan.Plan =>
  Plan.startFrom(Weights.merge(Init.init(plan.network, plan.seed), loaded))(plan)

const within = ({ network }: Plan.Plan, key: keyof FineTune, paths: ReadonlyArray<string>) =>
  Effect.fromResult(Network.within(network, paths)).pipe(Effect.catch(({ message }) => unusable(key, message)))

const unusable = (key: keyof FineTune, problem: string) =>
  Effect.fail(new RunConfigError({ problems: [{ key: `fineTune.${key}`, origin: "settings", problem }] }))
