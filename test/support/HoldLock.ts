import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import * as RunLock from "../../src/services/directory/RunLock.js"

/** Holds the directory of its first argument, says whether it could, and stays until it is killed. */
RunLock.hold(process.argv[2] ?? "").pipe(
  Effect.matchEffect({
    onSuccess: () => Effect.andThen(Console.log("held"), Effect.never),
    onFailure: ({ message }) => Console.log(message)
  }),
  Effect.scoped,
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain
)
