import { Effect } from "effect"
import { Command } from "effect/cli"
import type { DatasetError } from "../data/DatasetError.js"
import * as DatasetSettings from "../services/config/DatasetSettings.js"
import * as RunConfig from "../services/config/RunConfig.js"
import { DatasetInfo, DatasetSource, Fetched, type LoadOptions } from "../services/datasets/DatasetSource.js"
import * as Flags from "./Flags.js"
import * as Output from "./Output.js"

/** Asks where the settings say that the dataset comes from. */
const ask = Effect.fnUntraced(function* <A>(
  name: string,
  question: (source: DatasetSource["Service"], options: LoadOptions) => Effect.Effect<A, DatasetError>
) {
  const { settings } = yield* RunConfig.load()
  return yield* Effect.flatMap(DatasetSource, (source) =>
    question(source, DatasetSettings.options(settings.data))
  ).pipe(Effect.provide(DatasetSettings.layer(name, settings.data)))
})

const fetch = Output.command(
  "fetch",
  "Put a dataset into the user's cache",
  { name: Flags.datasetArgument },
  { schema: Fetched, text: ({ from, path }) => `${path} (from ${from})` },
  ({ name }) => ask(name, (source, options) => source.fetch(name, options))
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
        ...(info.mean && info.deviation
          ? [`mean ${info.mean.join(", ")}; deviation ${info.deviation.join(", ")} of pixels scaled to 0..1`]
          : []),
        info.name === "folder"
          ? `read from ${info.path}`
          : info.cached
            ? `cached in ${info.path}`
            : `not in the cache (${info.path})`
      ].join("\n")
  },
  ({ name }) => ask(name, (source) => source.info(name))
)

/** `data fetch` and `data info`. */
export const data = Command.make("data").pipe(
  Command.withDescription("Fetch the datasets, or show what is known of them"),
  Command.withSubcommands([fetch, info])
)
