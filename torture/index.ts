/** Kills, alters and breaks runs, and says what came of each: `npm run torture [-- --only kills|bytes|faults] [--seed N] [--kills N] [--faults N]`. */
import { parseArgs } from "node:util"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect } from "effect"
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
const wants = (part: string): boolean => values.only === undefined || values.only === part

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
    problem === undefined
      ? []
      : [`killed run ${seed}: ${problem}\n    again: npm run torture -- --only kills --seed ${seed}`]
  )
})

const program = Effect.gen(function* () {
  const problems = wants("kills") ? yield* kills : []
  for (const problem of problems) yield* Console.error(problem)
  if (problems.length > 0) process.exitCode = 1
})

NodeRuntime.runMain(program)
