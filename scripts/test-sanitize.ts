/** Builds the tests of the kernels for each instruction set that this processor has, plain and with sanitizers, and runs them: one line for each, and exit 1 when any fails. */
import { readdirSync } from "node:fs"
import { join } from "node:path"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Stream } from "effect"
import { ChildProcess } from "effect/process"
import * as KernelFiles from "../src/services/native/KernelFiles.js"
import * as Processor from "../src/services/native/Processor.js"

const builds: ReadonlyArray<readonly [name: string, flags: ReadonlyArray<string>]> = [
  ["plain", []],
  ["address and undefined", ["-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]],
  ["thread", ["-g", "-fsanitize=thread"]]
]

const tests = join(KernelFiles.sources, "test")
const sources = readdirSync(tests)
  .filter((file) => file.endsWith(".cc"))
  .map((file) => join(tests, file))

/** Whether a program ends with status 0, and what it printed. */
const run = (program: string, args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
  Effect.gen(function* () {
    const handle = yield* ChildProcess.make(program, args, { extendEnv: true, env })
    const printed = yield* handle.all.pipe(Stream.decodeText, Stream.mkString)
    // A program that a signal ended has no exit code.
    const succeeded = yield* handle.exitCode.pipe(
      Effect.map((code) => code === 0),
      Effect.catch(() => Effect.succeed(false))
    )
    return { succeeded, printed: printed.trim() }
  }).pipe(Effect.scoped)

Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped({ prefix: "kernel-tests-" })
  const program = join(directory, "tests")
  const check = (name: string, result: { readonly succeeded: boolean; readonly printed: string }) =>
    Console.log(`${name.padEnd(50)}  ${result.succeeded ? result.printed : `failed\n${result.printed}`}`).pipe(
      Effect.as(result.succeeded)
    )
  const results = yield* Effect.forEach(Processor.instructionSets(), (set) =>
    Effect.forEach(builds, ([build, flags]) =>
      Effect.gen(function* () {
        const name = `${set}, ${build}`
        const compiled = yield* run(process.env.CXX ?? "c++", [
          ...KernelFiles.flagsFor(set).filter((flag) => flag !== "-shared"),
          ...["-Wall", "-Wextra", "-Werror", ...flags, ...sources, "-o", program]
        ])
        if (!compiled.succeeded) return [yield* check(`${name}, compiling`, compiled)]
        return yield* Effect.forEach(["1", "2", "3"], (threads) =>
          Effect.flatMap(run(program, [], { TF_NUM_INTRAOP_THREADS: threads }), (result) =>
            check(`${name}, ${threads} ${threads === "1" ? "thread" : "threads"}`, result)
          )
        )
      })
    )
  )
  process.exitCode = results.flat(2).every((succeeded) => succeeded) ? 0 : 1
}).pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
