#!/usr/bin/env node
import { createRequire } from "node:module"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Exit, Layer, Logger, Schema } from "effect"
import { CliOutput, Command } from "effect/cli"
import pc from "picocolors"
import * as ErrorText from "./cli/ErrorText.js"
import { plot } from "./cli/Plot.js"
import { summary } from "./cli/Summary.js"

const { version } = Schema.decodeUnknownSync(Schema.Struct({ version: Schema.String }))(
  createRequire(import.meta.url)("../package.json")
)

const root = Command.make("effect-tensorflow").pipe(
  Command.withDescription("Trains neural networks on TensorFlow's own kernels"),
  Command.withSubcommands([summary, plot])
)

/** Help that was asked for goes to standard output; wrong usage is told with the other errors, without the whole help. */
const presenter = CliOutput.layerPresenter({
  present: (event) => (event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event))
})

Command.run(root, { version }).pipe(
  Effect.tapCause((cause) => {
    const { text } = ErrorText.fromCause(cause)
    return text === "" ? Effect.void : Console.error(`${pc.red("error:")} ${text}`)
  }),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, Layer.succeed(Logger.LogToStderr, true))),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : ErrorText.fromCause(exit.cause).exitCode)
  })
)
