import { Schema } from "effect"
import { Machine } from "../Machine.js"
import { median } from "../Report.js"
import { isPyTorch, ours } from "./Programs.js"
import { Timed } from "./Timed.js"

/** What was measured of a network: the file of results. */
export const StepResult = Schema.Struct({
  machine: Machine,
  /** What caps the instructions of PyTorch, besides `ONEDNN_MAX_CPU_ISA`. */
  caps: Schema.Record(Schema.String, Schema.String),
  network: Schema.String,
  parameters: Schema.Int,
  batchSize: Schema.Int,
  /** Steps that are not counted; at most 4 for others than ours. */
  warmUp: Schema.Int,
  steps: Schema.Int,
  optimizer: Schema.Struct({ learningRate: Schema.Finite, momentum: Schema.Finite, weightDecay: Schema.Finite }),
  /** Of each program that did not fail, each of its processes. */
  programs: Schema.Record(Schema.String, Schema.Array(Timed)),
  /** Of each that failed, in whichever round, what it said last. */
  failures: Schema.Record(Schema.String, Schema.String)
})
export type StepResult = typeof StepResult.Type

/** Milliseconds: the median of the processes' medians, and the least of all. */
export interface Millis {
  readonly median: number
  readonly least: number
}

const millis = (processes: ReadonlyArray<ReadonlyArray<number>>): Millis => ({
  median: median(processes.map(median)),
  least: Math.min(...processes.flat())
})

/** A program's step, and its evaluation of 1000 images in the batch that suits it best. */
export interface Row {
  readonly name: string
  readonly step: Millis
  readonly evaluation: Millis & { readonly batchSize: number }
  readonly peakMiB: number
}

export const rows = ({ programs }: StepResult): ReadonlyArray<Row> =>
  Object.entries(programs).map(([name, processes]) => {
    const batches = [...new Set(processes.flatMap(({ evaluate }) => Object.keys(evaluate)))].map(Number)
    const evaluations = batches.map((batchSize) => {
      const perBatch = millis(processes.flatMap(({ evaluate }) => (evaluate[batchSize] ? [evaluate[batchSize]] : [])))
      const scale = 1000 / batchSize
      return { batchSize, median: perBatch.median * scale, least: perBatch.least * scale }
    })
    return {
      name,
      step: millis(processes.map(({ train }) => train)),
      evaluation: evaluations.reduce((best, other) => (other.median < best.median ? other : best)),
      peakMiB: Math.max(...processes.map(({ peakMiB }) => peakMiB))
    }
  })

/** The fastest setting of PyTorch by this time, which is not the same for a step and an evaluation; `undefined` where PyTorch was not timed. */
export const fastestPyTorch = (all: ReadonlyArray<Row>, of: (row: Row) => number): Row | undefined =>
  all.filter(({ name }) => isPyTorch(name)).toSorted((a, b) => of(a) - of(b))[0]

export const rowOfOurs = (all: ReadonlyArray<Row>): Row | undefined => all.find(({ name }) => name === ours)
