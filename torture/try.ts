import { NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import { backends } from "./Backends.js"
import * as Faults from "./Faults.js"

const t = process.cpuUsage()
const [, , b = "wasm", seed = "1", n = "20"] = process.argv
Effect.runPromise(
  Faults.faults({
    seed: Number(seed),
    count: Number(n),
    onCase: (c) => console.log(c.seed, c.fault, "->", c.ended, c.problem ?? "")
  }).pipe(Effect.provide([backends[b as "wasm"], NodeServices.layer]))
).then(() => console.log(process.cpuUsage(t).user / 1e6))
