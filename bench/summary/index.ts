/** Draws docs/bench.png from the files of results, and prints the tables for docs/results.md: `npm run bench -- summary`, after `npm run bench`. */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { Effect, Schema } from "effect"
import { type InstructionSet, instructionSets } from "../../src/services/native/KernelFiles.js"
import * as Png from "../../src/services/report/Png.js"
import { print, results, table } from "../Report.js"
import * as Job from "../step/Job.js"
import * as StepResult from "../step/StepResult.js"
import * as Chart from "./Chart.js"

const read = (name: Job.Name, set: InstructionSet): ReadonlyArray<StepResult.Row> => {
  const file = `${results}step-${name}-${set}.json`
  return existsSync(file)
    ? StepResult.rows(
        Schema.decodeUnknownSync(Schema.fromJsonString(StepResult.StepResult))(readFileSync(file, "utf8"))
      )
    : []
}

const titles = { avx512: "AVX-512", avx2: "AVX2", portable: "neither AVX2 nor AVX-512" }

const measured = instructionSets
  .toReversed()
  .map((set) => ({
    title: titles[set],
    networks: Job.names.map((name) => ({ name, rows: read(name, set) })).filter(({ rows }) => rows.length > 0)
  }))
  .filter(({ networks }) => networks.length > 0)
if (measured.length === 0) throw new Error("there are no results of a step: `npm run bench -- --python PYTHON` first")

const cells = (
  rows: ReadonlyArray<StepResult.Row>,
  of: (row: StepResult.Row) => StepResult.Millis
): ReadonlyArray<string> => {
  const mine = StepResult.rowOfOurs(rows)
  const other = StepResult.fastestPyTorch(rows, (row) => of(row).median)
  if (mine === undefined || other === undefined) return ["-", "-", "-"]
  const leastOther = StepResult.fastestPyTorch(rows, (row) => of(row).least) ?? other
  const [a, b] = [of(mine), of(other)]
  const setting = other.name.replace("PyTorch ", "")
  const times = `${(b.median / a.median).toFixed(2)} (${(of(leastOther).least / a.least).toFixed(2)})`
  return [a.median.toFixed(1), `${b.median.toFixed(1)} (${setting})`, times]
}

for (const { networks, title } of measured) {
  print(`\n${title}`)
  table([
    [
      "network",
      "step: ours, ms",
      "PyTorch",
      "times as fast",
      "1000 images: ours, ms",
      "PyTorch",
      "times as fast",
      "memory: ours, MiB",
      "PyTorch"
    ],
    ...networks.map(({ name, rows }) => [
      name,
      ...cells(rows, ({ step }) => step),
      ...cells(rows, ({ evaluation }) => evaluation),
      StepResult.rowOfOurs(rows)?.peakMiB.toFixed(0) ?? "-",
      StepResult.fastestPyTorch(rows, ({ step }) => step.median)?.peakMiB.toFixed(0) ?? "-"
    ])
  ])
}
writeFileSync("docs/bench.png", await Effect.runPromise(Png.fromSvg(Chart.draw(measured))))
print("\ndrew docs/bench.png")
