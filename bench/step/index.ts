/**
 * Times a training step and the evaluation of a batch, in turn, each in processes of its own: ours, tf.layers, and what the named interpreters have of PyTorch and TensorFlow:
 * `npm run bench -- [--python PYTHON]... [--only NETWORK]... [--rounds 3] [--steps N]`. Prints medians, minima and ratios, and writes a file of results for each network.
 */
import { parseArgs } from "node:util"
import { Result } from "effect"
import * as Processor from "../../src/services/native/Processor.js"
import * as Machine from "../Machine.js"
import { median, print, save, table } from "../Report.js"
import * as Job from "./Job.js"
import * as Programs from "./Programs.js"
import * as StepResult from "./StepResult.js"
import type { Timed } from "./Timed.js"

const { values } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    python: { type: "string", multiple: true, default: [] },
    only: { type: "string", multiple: true, default: Job.names },
    rounds: { type: "string", default: "3" },
    steps: { type: "string" }
  }
})
const rounds = Number(values.rounds)

const measure = (name: Job.Name): StepResult.StepResult => {
  const machine = Machine.describe()
  const { network, ...job } = Job.make(name, {
    threads: machine.threads,
    ...(values.steps === undefined ? {} : { steps: Number(values.steps) })
  })
  const { batchSize, learningRate, momentum, parameters, steps, warmUp, weightDecay } = job
  print(`\n${name}: ${network.name}, ${parameters.toLocaleString("en-US")} parameters, batch ${batchSize}`)
  const programs = Programs.of(name, values.python)
  const timed: Record<string, Array<Timed>> = Object.fromEntries(programs.map(({ name }) => [name, []]))
  const failures: Record<string, string> = {}
  for (let round = 0; round < rounds; round++) {
    // Another one begins each round, so that none is always the first to find a cold machine.
    const from = round % programs.length
    for (const program of [...programs.slice(from), ...programs.slice(0, from)]) {
      if (program.name in failures) continue
      const said = Result.match(program.run({ network, ...job }), {
        onSuccess: (times) => {
          timed[program.name]?.push(times)
          return `${median(times.train).toFixed(1)} ms a step`
        },
        onFailure: (reason) => {
          if (program.name === Programs.ours) throw new Error(reason)
          failures[program.name] = reason
          return `failed: ${reason}`
        }
      })
      print(`  round ${round + 1}, ${program.name}: ${said}`)
    }
  }
  return {
    machine,
    caps: Programs.caps,
    network: network.name,
    parameters,
    batchSize,
    warmUp,
    steps,
    optimizer: { learningRate, momentum, weightDecay },
    programs: Object.fromEntries(Object.entries(timed).filter(([name]) => !(name in failures))),
    failures
  }
}

const pair = ({ least, median }: StepResult.Millis): string => `${median.toFixed(1)} (${least.toFixed(1)})`

const report = (result: StepResult.StepResult): void => {
  const rows = StepResult.rows(result)
  const mine = StepResult.rowOfOurs(rows)
  const times = (other: number, own: number | undefined) => (own === undefined ? "-" : (other / own).toFixed(2))
  table([
    ["", "step, ms", "times our step", "1000 images, ms", "in batches of", "times ours", "peak memory, MiB"],
    ...rows.map(({ evaluation, name, peakMiB, step }) => [
      name,
      pair(step),
      times(step.median, mine?.step.median),
      pair(evaluation),
      String(evaluation.batchSize),
      times(evaluation.median, mine?.evaluation.median),
      peakMiB.toFixed(0)
    ])
  ])
  for (const [what, of] of [
    ["a step", ({ step }: StepResult.Row) => step.median],
    ["a step, by the minima", ({ step }: StepResult.Row) => step.least],
    ["an evaluation", ({ evaluation }: StepResult.Row) => evaluation.median],
    ["an evaluation, by the minima", ({ evaluation }: StepResult.Row) => evaluation.least]
  ] as const) {
    const other = StepResult.fastestPyTorch(rows, of)
    if (mine === undefined || other === undefined) continue
    print(`${what}: ${(of(other) / of(mine)).toFixed(2)} times as fast as ${other.name}`)
  }
}

print(Machine.show(Machine.describe()))
const caps = Object.entries(Programs.caps).map(([name, value]) => `${name}=${value}`)
if (caps.length > 0) print(`PyTorch is capped by ONEDNN_MAX_CPU_ISA too, and by ${caps.join(" ")}`)
print(`medians of ${rounds} processes' medians, and the least in parentheses; the steps of a warm-up are not counted`)
for (const name of Job.parse(values.only)) {
  const result = measure(name)
  for (const [program, [first]] of Object.entries(result.programs)) print(`  ${program}: ${first?.versions}`)
  report(result)
  save(`step-${name}-${Processor.instructionSets()[0]}`, result)
}
