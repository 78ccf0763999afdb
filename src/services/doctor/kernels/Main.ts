/** The process that checks the kernels; its arguments are the form of the check, and which kernels. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect } from "effect"
import { Backend } from "../../backend/Backend.js"
import * as Cases from "./Cases.js"

Effect.gen(function* () {
  const { kernels, report } = yield* Backend
  yield* Cases.print(Cases.ofForm(process.argv[2] === "all" ? "all" : "short"), kernels, report)
}).pipe(
  Effect.provide(Backend.layerTensorFlow({ kernels: process.argv[3] === "tensorflow" ? "tensorflow" : "auto" })),
  NodeRuntime.runMain
)
