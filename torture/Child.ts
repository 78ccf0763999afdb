/** Trains a run in a directory, or goes on with the one that is there, and may kill itself in the middle of it. */
import { writeSync } from "node:fs"
import { NodeRuntime } from "@effect/platform-node"
import { Effect, Logger, Schema } from "effect"
import * as RunDirectory from "../src/services/directory/RunDirectory.js"
import * as Training from "../src/services/directory/Training.js"
import { backends } from "./Backends.js"
import * as Files from "./Files.js"
import { ChildOptions, type Kill } from "./Kill.js"
import { dataset, plan } from "./Runs.js"

const options = Schema.decodeUnknownSync(Schema.fromJsonString(ChildOptions))(process.argv[2])
const { kill } = options

/** Tells the parent at once, where a stream would lose what it holds when the process is killed. */
const say = (line: string): void => void writeSync(1, `${line}\n`)

const die = (phase: string): void => {
  say(`phase ${phase}`)
  process.kill(process.pid, "SIGKILL")
  // The signal arrives in its own time; nothing more may happen before.
  for (;;) {}
}

let count = 0
const isNow = (place: string): boolean => kill?.place === place && count++ === kill.after

const at = (when: Kill["when"], phase: string) => Effect.sync(() => (kill?.when === when ? die(phase) : undefined))

const files = Files.layer({
  call: (call, run) =>
    Effect.suspend(() => {
      const place = Files.placeOf(call.path)
      const phase = `${place}: ${call.operation}`
      if (!isNow(place))
        return Effect.andThen(
          Effect.sync(() => say(`phase ${phase}`)),
          run
        )
      return at("before", `${phase}, before`).pipe(
        Effect.andThen(run),
        Effect.tap(() => Effect.sync(() => die(`${phase}, after`)))
      )
    }),
  write: (call, bytes, write) =>
    Effect.suspend(() => {
      const place = Files.placeOf(call.path)
      const phase = `${place}: ${call.operation}`
      if (!isNow(place))
        return Effect.andThen(
          Effect.sync(() => say(`phase ${phase}`)),
          write(bytes)
        )
      return at("before", `${phase}, before`).pipe(
        Effect.andThen(write(kill?.when === "middle" ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes)),
        Effect.tap(() => Effect.sync(() => die(`${phase}, ${kill?.when === "middle" ? "middle" : "after"}`)))
      )
    }),
  read: (_, run) => run
})

/** Before the log is told of an event, since it comes after all other reporters. */
const watcher = Effect.succeed({
  name: "watcher",
  onEvent: ({ _tag }: { readonly _tag: string }) =>
    Effect.sync(() => {
      if (isNow("event")) die(`event: ${_tag}`)
      say(`phase after ${_tag}`)
    })
})

const program = Effect.gen(function* () {
  const { directory, seed } = options
  const resume = yield* Effect.isSuccess(RunDirectory.resumable(directory))
  say(resume ? "resumed" : "begun")
  yield* Training.train(plan(seed, dataset(seed)), { directory, resume, reporters: [watcher] })
  say("finished")
}).pipe(
  Effect.provide([files, backends[options.backend], Logger.layer([Logger.consoleStructured])]),
  Effect.tapCause((cause) => Effect.sync(() => say(`failed ${JSON.stringify(String(cause))}`)))
)

NodeRuntime.runMain(program, { disableErrorReporting: true })
