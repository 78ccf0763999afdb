#!/usr/bin/env node
import { createRequire } from "node:module"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Exit, Layer, Schema } from "effect"
import { CliOutput, Command } from "effect/cli"
import { data } from "./cli/Data.js"
import { doctor } from "./cli/Doctor.js"
import * as ErrorText from "./cli/ErrorText.js"
import { evaluate } from "./cli/Evaluate.js"
import * as Log from "./cli/Log.js"
import { native } from "./cli/Native.js"
import { plot } from "./cli/Plot.js"
import { summary } from "./cli/Summary.js"
import { train } from "./cli/Train.js"

const { version } = Schema.decodeUnknownSync(Schema.Struct({ version: Schema.String }))(
  createRequire(import.meta.url)("../package.json")
)

const root = Command.make("effect-tensorflow").pipe(
  Command.withDescription("Trains neural networks on TensorFlow's own kernels"),
  Command.withSubcommands([train, evaluate, summary, plot, data, native, doctor])
)

/** Help that was asked for goes to standard output; wrong usage is told with the other errors, without the whole help. */
const presenter = CliOutput.layerPresenter({
  present: (event) => (event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event))
})

Command.run(root, { version }).pipe(
  Effect.tapCause((cause) => {
    const { text } = ErrorText.fromCause(cause)
    return text === "" ? Effect.void : Console.error(`${Log.colors.red("error:")} ${text}`)
  }),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, Log.layer)),
  NodeRuntime.runMain({
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : ErrorText.fromCause(exit.cause).exitCode)
  })
)
