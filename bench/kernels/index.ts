/**
 * Times every convolution of the networks of `npm run bench`, forward and both gradients, by each of our algorithms and by oneDNN's, beside the peak of this machine:
 * `npm run bench -- kernels [--only NETWORK]...`. Prints GFLOP/s, which algorithm the table chooses and its share of the peak.
 */
import { parseArgs } from "node:util"
import { Effect } from "effect"
import { Backend } from "../../src/services/backend/Backend.js"
import * as Addon from "../../src/services/backend/tensorflow/Addon.js"
import { type Algorithm, algorithmFor } from "../../src/services/backend/tensorflow/ConvolutionTable.js"
import * as OwnKernels from "../../src/services/backend/tensorflow/OwnKernels.js"
import * as Machine from "../Machine.js"
import { print, save, table } from "../Report.js"
import * as Job from "../step/Job.js"
import * as Peak from "./Peak.js"
import * as Shapes from "./Shapes.js"
import * as Time from "./Time.js"

const { values } = parseArgs({
  args: process.argv.slice(3),
  options: { only: { type: "string", multiple: true, default: Job.names } }
})
const names = Job.parse(values.only)

interface Row {
  readonly work: Shapes.Work
  readonly rates: Partial<Record<Algorithm, number>>
  readonly chosen: Algorithm
}

const key = (work: Shapes.Work): string => `${work.direction} ${Shapes.show(work)}`
const rounded = (rate: number | undefined): string => rate?.toFixed(0) ?? "-"
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

// Before the backend sets variables that it does not find.
const machine = Machine.describe()

const program = Effect.gen(function* () {
  const { report } = yield* Backend
  const addon = Addon.current()
  const own = addon && (yield* OwnKernels.load(addon))
  if (addon === undefined || !own) throw new Error("the kernels are not built: `effect-tensorflow native install`")
  // Before and after, as another program may take a part of the machine for a while.
  const before = Peak.measure(own.instructionSet, machine.threads)
  print(Machine.show(machine))
  print(`TensorFlow ${report.tensorflow}, kernels ${report.kernels}`)

  const rows = new Map<string, Row>()
  for (const work of names.flatMap(Shapes.of)) {
    if (rows.has(key(work))) continue
    rows.set(key(work), { work, rates: Time.rates(addon, work), chosen: algorithmFor(own.instructionSet, work) })
  }
  const peak = Math.max(before, Peak.measure(own.instructionSet, machine.threads))
  print(
    `\nGFLOP/s of the direct algorithm's arithmetic, the fastest call; the peak of ${machine.threads} threads is ${rounded(peak)}`
  )
  table([
    ["convolution", "direction", "direct", "Winograd", "oneDNN", "chosen", "of the peak"],
    ...[...rows.values()].map(({ chosen, rates, work }) => [
      Shapes.show(work),
      work.direction,
      ...[rates.direct, rates.winograd, rates.onednn].map(rounded),
      chosen,
      percent((rates[chosen] ?? 0) / peak)
    ])
  ])

  // A rate of several convolutions is all their arithmetic in all their time.
  const together = (work: ReadonlyArray<Shapes.Work>, algorithm: (row: Row) => Algorithm): number => {
    const timed = work.flatMap((one) => rows.get(key(one)) ?? [])
    const total = timed.reduce((sum, { work }) => sum + Shapes.flop(work), 0)
    return total / timed.reduce((sum, row) => sum + Shapes.flop(row.work) / (row.rates[algorithm(row)] ?? 0), 0)
  }
  const networks = names.map((name) => {
    const work = Shapes.of(name)
    return { name, chosen: together(work, ({ chosen }) => chosen), onednn: together(work, () => "onednn") }
  })
  print("")
  table([
    ["all convolutions of a step", "as chosen", "oneDNN", "as chosen, of the peak"],
    ...networks.map(({ chosen, name, onednn }) => [name, rounded(chosen), rounded(onednn), percent(chosen / peak)])
  ])
  save(`kernels-${own.instructionSet}`, { machine, report, peak, networks, convolutions: [...rows.values()] })
})

await Effect.runPromise(Effect.provide(program, Backend.layerTensorFlowInstalled()))
