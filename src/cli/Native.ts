import { Command, Flag } from "effect/cli"
import * as NativeInstall from "../services/native/NativeInstall.js"
import * as Output from "./Output.js"
import { InstallResult } from "./Results.js"

const install = Output.command(
  "install",
  "Put native TensorFlow into the user's cache, once for all projects",
  { gpu: Flag.Boolean("gpu").pipe(Flag.withDescription("The build with CUDA"), Flag.withDefault(false)) },
  {
    schema: InstallResult,
    text: ({ directory, fresh }) => `TensorFlow ${fresh ? "is" : "was already"} installed in ${directory}`
  },
  NativeInstall.install
)

/** `native install`. */
export const native = Command.make("native").pipe(
  Command.withDescription("Install native TensorFlow"),
  Command.withSubcommands([install])
)
