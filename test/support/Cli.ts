import { spawn } from "node:child_process"
import { NodeServices } from "@effect/platform-node"
import { ConfigProvider, Effect, Exit, Layer, Logger } from "effect"
import { TestConsole } from "effect/testing"
import * as ErrorText from "../../src/cli/ErrorText.js"
import * as Root from "../../src/cli/Root.js"

/** What a command line came to. */
export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || name.startsWith("EFFECT_TENSORFLOW_") ? [] : [[name, value] as const]
  )
)

/** Runs a command line in this process, in an environment without our variables; `stderr` is the error's text alone. */
export const run = (...args: ReadonlyArray<string>): Effect.Effect<Outcome> => runWith({}, ...args)

/** The same with these variables. */
export const runWith = (
  variables: Readonly<Record<string, string>>,
  ...args: ReadonlyArray<string>
): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(Root.run(args))
    const stdout = (yield* TestConsole.logLines).join("\n")
    const { exitCode, text } = Exit.isSuccess(exit) ? { exitCode: 0, text: "" } : ErrorText.fromCause(exit.cause)
    return { exitCode, stdout, stderr: text }
  }).pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { ...environment, ...variables } })
    ),
    // A separate console for each run, if a test has several.
    Effect.provide([NodeServices.layer, Layer.fresh(TestConsole.layer), Logger.layer([])])
  )

/** Runs a command line of the built package in its own process; `whileRunning` may send it a signal. */
export const spawned = (
  args: ReadonlyArray<string>,
  whileRunning: (kill: (signal: NodeJS.Signals) => void) => Effect.Effect<void> = () => Effect.void
): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    const child = spawn(process.execPath, ["dist/cli.js", ...args], {
      // Colour belongs on terminals alone, whatever a CI server's environment asks of the tools it runs.
      env: { ...process.env, CI: "true", FORCE_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.on("data", (chunk) => (stdout += chunk))
    child.stderr.on("data", (chunk) => (stderr += chunk))
    const ended = Effect.callback<number>((resume) => {
      child.on("close", (code) => resume(Effect.succeed(code ?? -1)))
      return Effect.sync(() => child.kill("SIGKILL"))
    })
    const exitCode = yield* Effect.raceFirst(
      ended,
      Effect.andThen(
        whileRunning((signal) => child.kill(signal)),
        Effect.never
      )
    )
    return { exitCode, stdout, stderr }
  })
