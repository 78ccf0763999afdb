import { Effect, Option } from "effect"
import * as Networks from "../model/Networks.js"
import * as Summary from "../model/Summary.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import type * as Flags from "./Flags.js"
import * as Trained from "./Trained.js"
import { misuse } from "./Usage.js"

/** `summary`: what a network is made of, for the images of a dataset. */
export const run = Effect.fnUntraced(function* (flags: Flags.Input<typeof Flags.summary>) {
  const chosen = yield* choose(flags)
  const dataset = Option.getOrElse(flags.dataset, () => chosen.dataset)
  const { settings } = yield* RunConfig.load()
  const { classNames, shape } = yield* DatasetSettings.facts(dataset, settings.data)
  const network = Networks.build(chosen.network, { input: shape, classes: classNames.length })
  return yield* Effect.fromResult(Summary.summarize(network))
})

export const schema = Summary.Summary

export const text = Summary.render

const choose = Effect.fnUntraced(function* (flags: {
  readonly network: Option.Option<Networks.NetworkSpec>
  readonly preset: Option.Option<string>
}) {
  if (Option.isSome(flags.network) && Option.isSome(flags.preset)) {
    return yield* misuse("--network and --preset both name a network: give one of them")
  }
  if (Option.isSome(flags.network)) {
    const network = flags.network.value
    return { network, dataset: Trained.usualDataset(network) }
  }
  if (Option.isNone(flags.preset)) return yield* misuse("name a network: --network NAME or --preset NAME")
  return (yield* RunConfig.load({ preset: flags.preset.value })).settings
})
