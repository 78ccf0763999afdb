import { createRequire } from "node:module"
import * as Console from "effect/Console"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { root } from "./Commands.js"

const { version } = Schema.decodeUnknownSync(Schema.Struct({ version: Schema.String }))(
  createRequire(import.meta.url)("../../package.json")
)

/** Requested help goes to standard output; wrong usage is reported like other errors, without the whole help. */
const presenter = CliOutput.layerPresenter({
  present: Effect.fnUntraced(function* (event) {
    if (event._tag === "InvalidInvocation") return
    yield* CliOutput.defaultPresenter.present(event)
    if (event._tag === "Help" && ["train", "augment", "rate"].includes(event.commandPath.at(-1) ?? "")) {
      const { text } = yield* Effect.promise(() => import("./SettingsHelp.js"))
      yield* Console.log(text)
    }
  })
})

/** Does what a command line says; `args` are the words after the program's name. */
export const run = (args: ReadonlyArray<string>) => Effect.provide(Command.runWith(root, { version })(args), presenter)
