import { createRequire } from "node:module"
import { Effect, Schema } from "effect"
import { CliOutput, Command } from "effect/cli"
import { data } from "./Data.js"
import { doctor } from "./Doctor.js"
import { evaluate } from "./Evaluate.js"
import { exported } from "./Export.js"
import { native } from "./Native.js"
import { plot } from "./Plot.js"
import { summary } from "./Summary.js"
import { train } from "./Train.js"

const { version } = Schema.decodeUnknownSync(Schema.Struct({ version: Schema.String }))(
  createRequire(import.meta.url)("../../package.json")
)

const root = Command.make("effect-tensorflow").pipe(
  Command.withDescription("Trains neural networks on TensorFlow's own kernels"),
  Command.withSubcommands([train, evaluate, exported, summary, plot, data, native, doctor])
)

/** Help that was asked for goes to standard output; wrong usage is told with the other errors, without the whole help. */
const presenter = CliOutput.layerPresenter({
  present: (event) => (event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event))
})

/** Does what a command line says; `args` are the words after the program's name. */
export const run = (args: ReadonlyArray<string>) => Effect.provide(Command.runWith(root, { version })(args), presenter)
