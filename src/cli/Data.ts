import { Effect } from "effect"
import { Command } from "effect/cli"
import { DatasetInfo, DatasetSource, Fetched } from "../services/DatasetSource.js"
import * as RunConfig from "../services/RunConfig.js"
import * as Datasets from "./Datasets.js"
import * as Flags from "./Flags.js"
import * as Output from "./Output.js"

// Loaded only now: the layers bring the backends and the drawing of charts along.
const withDatasets = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    Effect.promise(() => import("./Layers.js")),
    ({ datasets }) => Effect.provide(effect, datasets)
  )

const fetch = Output.command(
  "fetch",
  "Put a dataset into the user's cache",
  { name: Flags.datasetArgument },
  { schema: Fetched, text: ({ from, path }) => `${path} (from ${from})` },
  Effect.fnUntraced(function* ({ name }) {
    const { settings } = yield* RunConfig.load()
    const source = yield* DatasetSource
    return yield* source.fetch(name, Datasets.options(settings.data))
  }, withDatasets)
)

const info = Output.command(
  "info",
  "Show what is known of a dataset",
  { name: Flags.datasetArgument },
  {
    schema: DatasetInfo,
    text: (info) =>
      [
        `${info.title}: ${info.trainImages} training and ${info.testImages} test images of ${info.height}x${info.width}x${info.channels}`,
        `classes: ${info.classNames.join(", ")}`,
        `mean ${info.mean.join(", ")}; deviation ${info.deviation.join(", ")} of pixels scaled to 0..1`,
        info.cached ? `cached in ${info.path}` : `not in the cache (${info.path})`
      ].join("\n")
  },
  Effect.fnUntraced(function* ({ name }) {
    const source = yield* DatasetSource
    return yield* source.info(name)
  }, withDatasets)
)

/** `data fetch` and `data info`. */
export const data = Command.make("data").pipe(
  Command.withDescription("Fetch the datasets, or show what is known of them"),
  Command.withSubcommands([fetch, info])
)
