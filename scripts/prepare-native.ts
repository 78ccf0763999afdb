/** Sees to it that the tests have TensorFlow: installs it into the user's cache where it is missing. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { install } from "../src/services/NativeInstall.js"
import * as Locations from "../src/services/native/Locations.js"

Effect.gen(function* () {
  const locations = yield* Locations.candidates("auto")
  if (!locations.some(({ directory }) => Locations.isBuilt(directory))) yield* install({ gpu: false })
}).pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
