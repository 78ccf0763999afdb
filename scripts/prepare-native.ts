/** Sees to it that the tests have TensorFlow: installs it into the user's cache where it is missing. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect } from "effect"
import { ensure } from "../src/services/native/NativeInstall.js"

ensure("auto").pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
