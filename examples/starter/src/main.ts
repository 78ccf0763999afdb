import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"
import { Backend, DatasetSource } from "effect-tensorflow/services"
import { train } from "./program.js"

const directory = `runs/${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`

const services = Layer.provideMerge(
  Layer.merge(Backend.layer, DatasetSource.layer),
  Layer.merge(NodeServices.layer, FetchHttpClient.layer)
)

train({ dataset: "mnist", directory }).pipe(
  Effect.flatMap((accuracy) =>
    Console.log(`${(100 * accuracy).toFixed(2)} % of the test images; see ${directory}/report.html`)
  ),
  Effect.provide(services),
  NodeRuntime.runMain
)
