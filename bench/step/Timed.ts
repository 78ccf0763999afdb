import { readFileSync } from "node:fs"
import { Schema } from "effect"
import type { Job } from "./Job.js"

/** What a program prints: all its times, in milliseconds, without those of the warm-up. */
export const Timed = Schema.Struct({
  versions: Schema.String,
  /** Of the last step: not a number when the training diverged. */
  loss: Schema.Finite,
  /** Of each step. */
  train: Schema.NonEmptyArray(Schema.Finite),
  /** Of each batch, by the number of images in it. */
  evaluate: Schema.Record(Schema.String, Schema.NonEmptyArray(Schema.Finite)),
  /** The largest resident size of the process. */
  peakMiB: Schema.Finite
})
export type Timed = typeof Timed.Type

/** The job of this process. */
export const job = (): Job => JSON.parse(process.argv[2] ?? "")

/** The largest resident size that this process has had. */
const peakMiB = (): number => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024

/** Prints what was timed. */
export const answer = (timed: Omit<Timed, "peakMiB">): void => {
  process.stdout.write(`${JSON.stringify({ ...timed, peakMiB: peakMiB() })}\n`)
}

/** The milliseconds of each of `count` calls of `run`, after `warmUp` others. */
export const times = async (
  run: () => unknown,
  { count, warmUp }: { readonly count: number; readonly warmUp: number }
): Promise<readonly [number, ...Array<number>]> => {
  const time = async () => {
    const began = performance.now()
    await run()
    return performance.now() - began
  }
  for (let i = 0; i < warmUp; i++) await time()
  const first = await time()
  const millis: [number, ...Array<number>] = [first]
  while (millis.length < count) millis.push(await time())
  return millis
}
