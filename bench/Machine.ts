import { execFileSync } from "node:child_process"
import { availableParallelism, cpus, loadavg, totalmem } from "node:os"
import { Schema } from "effect"
import * as Processor from "../src/services/native/Processor.js"

/** What a result was measured on, and with: it stands in every file of results. */
export const Machine = Schema.Struct({
  processor: Schema.String,
  cores: Schema.Int,
  memoryGiB: Schema.Int,
  /** The extensions of the processor that kernels are chosen by, and what caps them. */
  instructions: Schema.String,
  node: Schema.String,
  /** The commit of this repository. */
  commit: Schema.String,
  /** Environment variables that the programs read. */
  flags: Schema.Record(Schema.String, Schema.String),
  threads: Schema.Int,
  /** Of the last minute, before anything was timed. */
  load: Schema.Finite,
  date: Schema.String
})
export type Machine = typeof Machine.Type

const flags = ["ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"]

const commit = (): string => {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8", stdio: "pipe" }).trim()
  } catch {
    return "unknown"
  }
}

/** Threads of one operation: as many as TensorFlow is told to use, else one for each core. */
const threads = (): number => Number(process.env.TF_NUM_INTRAOP_THREADS ?? availableParallelism())

export const describe = (): Machine => ({
  processor: cpus()[0]?.model.trim() ?? process.arch,
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  instructions: Processor.instructions(),
  node: process.version,
  commit: commit(),
  flags: Object.fromEntries(
    flags.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  ),
  threads: threads(),
  load: loadavg()[0] ?? 0,
  date: new Date().toISOString()
})

/** One line, for the head of a report. */
export const show = ({ cores, flags, instructions, load, node, processor, threads }: Machine): string =>
  [
    `${processor}, ${cores} cores, ${threads} threads, load ${load.toFixed(1)}, ${instructions}, node ${node}`,
    ...Object.entries(flags).map(([name, value]) => `${name}=${value}`)
  ].join(" ")
