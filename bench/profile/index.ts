/**
 * What one training step of a network does, by kernel: `npm run bench -- profile [--network seminar] [--steps N]`. Means of the steps after the warm-up.
 *
 * JavaScript is what is left of a step's time: the tape, the checks, and what the addon's functions are called with. Recording itself takes about half a
 * microsecond a call.
 */
import { PerformanceObserver } from "node:perf_hooks"
import { parseArgs } from "node:util"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { uploadAll } from "../../src/internal/Transfer.js"
import * as Init from "../../src/model/Init.js"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Loss from "../../src/train/Loss.js"
import * as Optimizer from "../../src/train/Optimizer.js"
import * as Step from "../../src/train/Step.js"
import * as TrainState from "../../src/train/TrainState.js"
import * as Machine from "../Machine.js"
import { print, table } from "../Report.js"
import * as Job from "../step/Job.js"
import * as Binding from "./Binding.js"

const { values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { network: { type: "string", default: "seminar" }, steps: { type: "string" } }
})

const [name] = Job.parse([values.network])
const machine = Machine.describe()
const job = Job.make(name!, {
  threads: machine.threads,
  ...(values.steps === undefined ? {} : { steps: Number(values.steps) })
})
const { batchSize, learningRate, momentum, network, steps, warmUp, weightDecay } = job
const { channels, height, width } = network.input

let collections = 0
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collections += duration
}).observe({ entryTypes: ["gc"] })

const program = Effect.gen(function* () {
  const { kernels, report } = yield* Backend
  const optimizer = Optimizer.sgd({ momentum, weightDecay })
  const step = Step.make({ network, kernels, loss: Loss.crossEntropy(), optimizer, seed: 0 })
  const weights = Init.init(network, 0)
  let train = TrainState.start({ params: uploadAll(weights.params), state: uploadAll(weights.state) }, { optimizer })
  const images = tf.randomNormal<tf.Rank.R4>([batchSize, height, width, channels], 0, 1, "float32", 1)
  const labels = tf.randomUniform<tf.Rank.R1>([batchSize], 0, network.classes, "int32", 2)
  const targets = tf.cast(tf.oneHot(labels, network.classes), "float32").as2D(batchSize, network.classes)
  const take = () => {
    const { next } = step(train, images, targets, learningRate)
    TrainState.dispose(train)
    train = next
  }
  const { take: recorded } = Binding.record()
  for (let i = 0; i < warmUp; i++) take()
  // The observer hears of collections between turns of the event loop.
  const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
  yield* turn
  recorded()
  collections = 0
  const [before, began] = [process.resourceUsage(), performance.now()]
  for (let i = 0; i < steps; i++) take()
  const [millis, after] = [performance.now() - began, process.resourceUsage()]
  yield* turn
  return { millis, before, after, recorded: recorded(), report, collections }
})

const result = await Effect.runPromise(Effect.provide(program, Backend.layerTensorFlow()))
const { after, before, millis, recorded, report } = result
const { operations, outputs, reads, releases, uploads } = recorded
const each = (total: number, digits = 2): string => (total / steps).toFixed(digits)
const share = (part: number): string => `${((100 * part) / millis).toFixed(1)} %`
const sum = (all: ReadonlyArray<Binding.Calls>): Binding.Calls =>
  all.reduce((a, b) => ({ calls: a.calls + b.calls, millis: a.millis + b.millis }), { calls: 0, millis: 0 })
const computed = sum(Object.values(operations))
const { calls, millis: native } = sum([computed, uploads, releases, reads])

print(Machine.show(machine))
print(
  `${network.name}, batch ${batchSize}, TensorFlow ${report.tensorflow}, kernels ${report.kernels}: ${each(millis)} ms a step, mean of ${steps}`
)
const row = (name: string, { calls, millis }: Binding.Calls) => [name, each(calls, 0), each(millis), share(millis)]
table([
  ["", "calls", "ms", "share"],
  ...Object.entries(operations)
    .sort(([, a], [, b]) => b.millis - a.millis)
    .map(([name, calls]) => row(name, calls)),
  row("operations", computed),
  row("uploads", uploads),
  row("releases", releases),
  row("reads, which wait", reads),
  row("the addon", { calls, millis: native }),
  row("JavaScript", { calls: 0, millis: millis - native }),
  row("of which collections of garbage", { calls: 0, millis: result.collections })
])
const made = outputs + uploads.calls
print(`${each(made, 0)} tensors made, ${each(releases.calls, 0)} released`)
const usage = (of: "minorPageFault" | "majorPageFault" | "voluntaryContextSwitches" | "involuntaryContextSwitches") =>
  each(after[of] - before[of], 0)
print(
  `${usage("minorPageFault")} page faults and ${usage("majorPageFault")} that read the disk, ${usage("voluntaryContextSwitches")} context switches, and ${usage("involuntaryContextSwitches")} involuntary ones`
)
