import { spawn } from "node:child_process"
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import * as EventLog from "../../src/services/run/EventLog.js"
import * as Cli from "../support/Cli.js"

const small = ["train", "--preset", "mnist-cnn", "--set", "backend=wasm", "--set", "validation=0.98"]

/** Waits until the log of a run has an event of a kind. */
const logged = (file: string, tag: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    for (;;) {
      const log = yield* Effect.orElseSucceed(fs.readFileString(file), () => "")
      if (log.includes(`"${tag}"`)) return
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
    }
  }).pipe(Effect.provide(NodeServices.layer))

/** Starts a program, sends it a signal once its run has trained for a step, and waits for its end. */
const signalled = (program: string, args: ReadonlyArray<string>, log: string, signal: NodeJS.Signals) =>
  Effect.gen(function* () {
    const child = spawn(program, args, {
      stdio: "ignore",
      env: { ...process.env, npm_config_update_notifier: "false" }
    })
    const ended = new Promise((resolve) => child.on("exit", resolve))
    yield* logged(log, "StepEnded")
    child.kill(signal)
    yield* Effect.promise(() => ended)
  })

const temporary = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())

describe("a run ends at the edge of a step, with a checkpoint", () => {
  it.effect.each(["SIGTERM", "SIGHUP"] as const)(
    "by %s",
    (signal) =>
      Effect.gen(function* () {
        const out = `${yield* temporary}/run`
        const { exitCode } = yield* Cli.spawned([...small, "--out", out], (kill) =>
          Effect.andThen(
            logged(`${out}/events.jsonl`, "StepEnded"),
            Effect.sync(() => kill(signal))
          )
        )
        assert.strictEqual(exitCode, 130)
        const { rest } = yield* EventLog.read(`${out}/events.jsonl`)
        assert.deepStrictEqual(
          rest.slice(-2).map(({ _tag }) => _tag),
          ["CheckpointSaved", "RunStopped"]
        )
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    60_000
  )

  it.effect(
    "when the npm that started it is ended",
    () =>
      Effect.gen(function* () {
        const out = `${yield* temporary}/run`
        const log = `${out}/events.jsonl`
        yield* signalled("npm", ["run", "--silent", "cli", "--", ...small, "--out", out], log, "SIGTERM")
        yield* logged(log, "RunStopped")
        const { rest } = yield* EventLog.read(log)
        assert.include(
          rest.map(({ _tag }) => _tag),
          "CheckpointSaved"
        )
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    60_000
  )
})

it.effect(
  "a run whose output nobody reads any more goes on to its end",
  () =>
    Effect.gen(function* () {
      const out = `${yield* temporary}/run`
      const command = ["node dist/cli.js", ...small, "--set", "epochs=1", "--out", out].join(" ")
      const child = spawn("sh", ["-c", `${command} 2>&1 | head -c 1`], { stdio: "ignore" })
      yield* Effect.promise(() => new Promise((resolve) => child.on("exit", resolve)))
      yield* logged(`${out}/events.jsonl`, "RunFinished")
      const { rest } = yield* EventLog.read(`${out}/events.jsonl`)
      // The bar and the table could not write, and were told nothing more.
      assert.isNotEmpty(rest.filter(({ _tag }) => _tag === "ReporterFailed"))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
  60_000
)
