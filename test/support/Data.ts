import { NodeServices } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import type { Dataset } from "../../src/data/Dataset.js"
import { Images } from "../../src/data/index.js"
import { DatasetSource } from "../../src/services/datasets/DatasetSource.js"

/** The first `train` and `test` images of an official dataset, fetched on the first run and kept in the user's cache. */
export const subset = (name: string, train: number, test: number) =>
  Effect.flatMap(DatasetSource, (source) => source.load(name)).pipe(
    Effect.map(
      (dataset): Dataset<"classes"> => ({
        ...dataset,
        train: Images.slice(dataset.train, 0, train),
        test: Images.slice(dataset.test, 0, test)
      })
    ),
    Effect.provide(DatasetSource.layer),
    Effect.provide(Layer.merge(NodeServices.layer, FetchHttpClient.layer))
  )

/** Why an official dataset cannot be had on this machine; `undefined` where it can. */
export const unavailable = (name: string): Effect.Effect<string | undefined> =>
  subset(name, 0, 0).pipe(
    Effect.as(undefined),
    Effect.catchIf(
      ({ op }) => op === "fetch",
      ({ message }) => Effect.succeed(message)
    ),
    Effect.orDie
  )
