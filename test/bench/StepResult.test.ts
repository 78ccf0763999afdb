import { assert, describe, it } from "@effect/vitest"
import * as StepResult from "../../bench/step/StepResult.js"
import type { Timed } from "../../bench/step/Timed.js"

const timed = (train: Timed["train"], evaluate: Timed["evaluate"], peakMiB = 1): Timed => ({
  versions: "",
  loss: 1,
  train,
  evaluate,
  peakMiB
})

const machine = {
  processor: "",
  cores: 2,
  memoryGiB: 1,
  instructions: "",
  node: "",
  commit: "",
  flags: {},
  threads: 2,
  load: 0,
  date: ""
}
const settings = { network: "", parameters: 1, batchSize: 4, warmUp: 0, steps: 3, caps: {}, failures: {} }
const optimizer = { learningRate: 0.1, momentum: 0.9, weightDecay: 0 }

const rows = StepResult.rows({
  machine,
  ...settings,
  optimizer,
  programs: {
    ours: [
      timed([10, 30, 20], { "10": [5] }, 7),
      timed([40, 50, 60], { "10": [4] }, 9),
      timed([21, 22, 23], { "10": [6] }, 8)
    ],
    "PyTorch default": [timed([30], { "10": [8], "4": [2] })],
    "PyTorch channels_last": [timed([25], { "10": [9], "4": [4] })],
    "TensorFlow tf.function": [timed([1], { "10": [1] })]
  }
})

describe("StepResult", () => {
  it("takes the median of the processes' medians and the least of all times", () => {
    const ours = StepResult.rowOfOurs(rows)
    assert.deepStrictEqual(ours?.step, { median: 22, least: 10 })
    assert.deepStrictEqual(ours?.evaluation, { median: 500, least: 400, batchSize: 10 })
    assert.strictEqual(ours?.peakMiB, 9)
  })

  it("takes the batch in which an evaluation is the fastest", () => {
    const { evaluation } = rows.find(({ name }) => name === "PyTorch default")!
    assert.deepStrictEqual(evaluation, { median: 500, least: 500, batchSize: 4 })
  })

  it("compares with the setting of PyTorch that is the fastest by the same time", () => {
    assert.strictEqual(StepResult.fastestPyTorch(rows, ({ step }) => step.median)?.name, "PyTorch channels_last")
    assert.strictEqual(StepResult.fastestPyTorch(rows, ({ evaluation }) => evaluation.median)?.name, "PyTorch default")
  })
})
