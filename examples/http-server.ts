/** Training inside an HTTP server: POST starts a run, GET streams its events (one JSON value a line), DELETE cancels it and frees its tensors. */
import { createServer } from "node:http"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, FiberHandle, Layer, PubSub, Stream } from "effect"
import { FetchHttpClient, HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { Backend, Checkpoints, DatasetSource, MnistCnn, Plan, Reporters, Trainer } from "../src/index.js"

const routes = Layer.unwrap(
  Effect.gen(function* () {
    const events = yield* PubSub.sliding<string>({ capacity: 1000, replay: 1 })
    const { load } = yield* DatasetSource
    const plan = Plan.make({ network: MnistCnn.make(), dataset: yield* load("mnist") })
    const running = yield* FiberHandle.make()
    const trainer = yield* Effect.provide(Trainer, Trainer.layer).pipe(
      Effect.provideService(Reporters, { onEvent: (event) => PubSub.publish(events, `${JSON.stringify(event)}\n`) })
    )
    const lines = Stream.fromPubSub(events).pipe(
      Stream.takeUntil((line) => /^{"_tag":"Run(Stopped|Finished)"/.test(line)),
      Stream.encodeText
    )
    const start = FiberHandle.run(running, trainer.fit(plan), { onlyIfMissing: true })
    return Layer.mergeAll(
      HttpRouter.add("POST", "/training", Effect.as(start, HttpServerResponse.empty({ status: 202 }))),
      HttpRouter.add("GET", "/training", HttpServerResponse.stream(lines, { contentType: "application/x-ndjson" })),
      HttpRouter.add("DELETE", "/training", Effect.as(FiberHandle.clear(running), HttpServerResponse.empty()))
    )
  })
)

const visit = Effect.gen(function* () {
  const { memory } = yield* Backend
  const before = memory().numTensors
  const ask = (method: string) =>
    HttpServer.addressFormattedWith((address) => Effect.promise(() => fetch(`${address}/training`, { method })))
  yield* ask("POST")
  const progress = yield* ask("GET")
  yield* Stream.fromReadableStream({ evaluate: () => progress.body!, onError: String }).pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.tap(Console.log),
    Stream.zipWithIndex,
    Stream.runForEach(([, index]) => (index === 4 ? ask("DELETE") : Effect.void))
  )
  const left = memory().numTensors - before
  yield* Console.log(`cancelled; ${left} tensors left`)
  if (left !== 0) return yield* Effect.fail("expected every tensor to be freed")
})

const server = HttpRouter.serve(routes, { disableListenLog: true, disableLogger: true }).pipe(
  Layer.provide(DatasetSource.layer),
  Layer.provideMerge(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 })),
  Layer.provideMerge(Layer.mergeAll(Backend.layer, Checkpoints.layerMemory, FetchHttpClient.layer))
)

visit.pipe(Effect.provide(server), NodeRuntime.runMain)
