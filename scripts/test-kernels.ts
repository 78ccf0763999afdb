/** Checks every kernel against float64 computations as processors of several generations compute it: one line for each, and exit 1 when any is wrong. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Clock, Console, Effect } from "effect"
import * as KernelCheck from "../src/services/doctor/KernelCheck.js"

/** Instruction sets that the kernels may use at most, ours and oneDNN's; `undefined` lets them use all that the processor has. */
const instructionSets = ["SSE41", "AVX2", "AVX512_CORE", undefined]

const configurations = (["auto", "tensorflow"] as const).flatMap((kernels) =>
  instructionSets.flatMap((set) =>
    ["1", "2"].map((threads) => ({
      name: `${kernels === "auto" ? "ours" : "TensorFlow's"}, ${set ?? "all instructions"}, ${threads} ${threads === "1" ? "thread" : "threads"}`,
      kernels,
      env: {
        ...(set === undefined ? {} : { ONEDNN_MAX_CPU_ISA: set }),
        TF_NUM_INTRAOP_THREADS: threads,
        TF_NUM_INTEROP_THREADS: threads
      }
    }))
  )
)

Effect.gen(function* () {
  const reports = yield* Effect.forEach(configurations, ({ env, kernels, name }) =>
    Effect.gen(function* () {
      const started = yield* Clock.currentTimeMillis
      const report = yield* KernelCheck.check({ form: "all", env, kernels })
      const seconds = Math.round(((yield* Clock.currentTimeMillis) - started) / 1000)
      const { cases, right, wrong } = report
      yield* Console.log(
        [
          `${name.padEnd(42)}  ${right ? "right" : `${wrong.length} wrong`}, ${cases} cases, ${seconds} s`,
          ...wrong.map(({ name, reason }) => `  ${name}: ${reason}`)
        ].join("\n")
      )
      return right
    })
  )
  process.exitCode = reports.every((right) => right) ? 0 : 1
}).pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
