import { Effect, Option, Schema } from "effect"
import { Flag } from "effect/cli"
import * as RunConfig from "../services/RunConfig.js"
import * as Output from "./Output.js"

export const settings = {
  preset: Flag.String("preset").pipe(Flag.withDescription("A named recipe to start from"), Flag.optional),
  config: Flag.String("config").pipe(
    Flag.withDescription("A JSON file of settings"),
    Flag.withMetavar("FILE"),
    Flag.optional
  ),
  set: Flag.String("set").pipe(
    Flag.withDescription("One setting, such as batchSize=64 or rate.peak=0.1; may be repeated"),
    Flag.withMetavar("KEY=VALUE"),
    Flag.atLeast(0)
  )
}

export const train = Output.command(
  "train",
  "Train a network",
  { ...settings, printConfig: Flag.Boolean("print-config").pipe(Flag.withDefault(false)) },
  { schema: Schema.Array(RunConfig.Provenance), text: (r) => String(r.length) },
  Effect.fnUntraced(function* ({ preset, config, set, printConfig }) {
    const c = yield* RunConfig.load({ preset: Option.getOrUndefined(preset), file: Option.getOrUndefined(config), set })
    if (printConfig) return RunConfig.provenance(c)
    return yield* Effect.die(new Error("no"))
  })
)
