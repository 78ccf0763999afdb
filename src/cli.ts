#!/usr/bin/env node
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ErrorText from "./cli/ErrorText.js"
import * as Log from "./cli/Log.js"
import * as Root from "./cli/Root.js"
import * as Signals from "./cli/Signals.js"

Signals.prepare()

Root.run(process.argv.slice(2)).pipe(
  Effect.tapCause((cause) => {
    const { text } = ErrorText.fromCause(cause)
    return text === "" ? Effect.void : Console.error(`${Log.colors.red("error:")} ${text}`)
  }),
  Effect.provide(Layer.merge(NodeServices.layer, Log.layer)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : ErrorText.fromCause(exit.cause).exitCode)
  })
)
