/** Kills, alters and breaks runs, and says what came of it: `npm run torture [-- --only kills|bytes|faults] [--seed N] [--kills N] [--faults N]`. */
import { parseArgs } from "node:util"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Logger } from "effect"
import { backends } from "./Backends.js"
import * as Bytes from "./Bytes.js"
import * as Faults from "./Faults.js"
import * as Kills from "./Kills.js"
import * as Table from "./Table.js"

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seed: { type: "string", default: "1" },
    kills: { type: "string", default: "200" },
    faults: { type: "string", default: "1000" }
  }
})
const seed = Number(values.seed)

const kills = Effect.gen(function* () {
  const all = yield* Kills.kills({
    seed,
    count: Number(values.kills),
    onRun: ({ backend, phases, problem, seed }) =>
      console.error(`run ${seed} on ${backend}: killed ${phases.length} times, ${problem ?? "equal"}`)
  })
  yield* Console.log(
    Table.counts(
      "SIGKILLs",
      all.flatMap(({ phases }) => phases)
    )
  )
  return all.flatMap(({ problem, seed }) =>
    problem === undefined ? [] : [`run ${seed}: ${problem}\n    again: npm run torture -- --only kills --seed ${seed}`]
  )
})

const bytes = Effect.gen(function* () {
  const altered = yield* Bytes.inMemory({ seed, every: 1 })
  const { ends, missed } = yield* Bytes.onDisk({ seed, count: 200, whole: yield* Faults.whole })
  yield* Console.log(
    [
      "files altered as they are read, and found:",
      ...altered.map(({ count, missed, what }) => `${String(count - missed.length).padStart(7)} of ${count}  ${what}`)
    ].join("\n")
  )
  yield* Console.log(Table.counts("files of stopped runs altered on the disk", ends))
  return [...altered.flatMap(({ missed }) => missed), ...missed]
}).pipe(Effect.scoped, Effect.provide([backends.wasm, Logger.layer([])]))

const faults = Effect.gen(function* () {
  let done = 0
  const all = yield* Faults.faults({
    seed,
    count: Number(values.faults),
    onCase: ({ ended, fault, problem, seed, struck }) => {
      if (struck) done += 1
      if (problem !== undefined) console.error(`fault ${seed} (${fault}): ${ended}: ${problem}`)
      if (struck && done % 100 === 0) console.error(`${done} faults`)
    }
  })
  yield* Console.log(
    Table.counts(
      "faults",
      all.flatMap(({ ended, fault, struck }) => (struck ? [`${fault} -> ${ended}`] : []))
    )
  )
  return all.flatMap(({ fault, problem, seed }) =>
    problem === undefined
      ? []
      : [`fault ${seed} (${fault}): ${problem}\n    again: npm run torture -- --only faults --faults 1 --seed ${seed}`]
  )
})

const parts = { kills, bytes, faults }
const wanted = Object.entries(parts).flatMap(([name, part]) =>
  values.only === undefined || values.only === name ? [part] : []
)

const program = Effect.gen(function* () {
  // The killed runs have processes of their own.
  const [first, ...rest] = wanted
  const problems = yield* Effect.all([first ?? Effect.succeed([]), Effect.all(rest)], { concurrency: 2 })
  for (const problem of problems.flat(2)) yield* Console.error(problem)
  if (problems.flat(2).length > 0) process.exitCode = 1
}).pipe(Effect.provide(NodeServices.layer))

NodeRuntime.runMain(program)
