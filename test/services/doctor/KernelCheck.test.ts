import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import { reference } from "../../../src/model/ReferenceKernels.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import * as KernelCheck from "../../../src/services/doctor/KernelCheck.js"
import { isRight, measure } from "../../../src/services/doctor/kernels/Case.js"
import { convolution } from "../../../src/services/doctor/kernels/ConvolutionCases.js"

const timeout = 120_000

describe("the check of the kernels", () => {
  it.live.each(
    (["auto", "tensorflow"] as const).flatMap((kernels) => ["SSE41", "AVX2", ""].map((set) => ({ kernels, set })))
  )(
    "finds all of them right with instructions up to $set, kernels $kernels",
    ({ kernels, set }) =>
      Effect.gen(function* () {
        const { cases, right, wrong } = yield* KernelCheck.check({
          kernels,
          env: set === "" ? {} : { ONEDNN_MAX_CPU_ISA: set }
        })
        assert.deepStrictEqual(wrong, [])
        assert.isTrue(right)
        assert.isAbove(cases, 100)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  // With one thread the process dies of it, with two the numbers are wrong.
  it.live.each(process.arch === "x64" ? ["1", "2"] : [])(
    "finds oneDNN's gradient by the filter of a strided 1x1 convolution wrong with AVX2, %s threads",
    (threads) =>
      Effect.gen(function* () {
        const program = new URL("../../support/RawConvolution.ts", import.meta.url)
        const env = { ONEDNN_MAX_CPU_ISA: "AVX2", TF_NUM_INTRAOP_THREADS: threads }
        const { right, wrong } = yield* KernelCheck.checkIn(program, { args: [], env, minutes: 2 })
        assert.isFalse(right)
        assert.match(wrong.map(({ name, reason }) => `${name}: ${reason}`).join("\n"), /gradient by the filter|process/)
      }).pipe(Effect.provide(NodeServices.layer)),
    timeout
  )

  it.live("says that a program that does not come to its end did not", () =>
    Effect.gen(function* () {
      const nowhere = new URL("nowhere.js", import.meta.url)
      const { cases, right, wrong } = yield* KernelCheck.checkIn(nowhere, { args: [], env: {}, minutes: 1 })
      assert.deepStrictEqual([right, cases, wrong.length], [false, 0, 1])
      assert.match(wrong[0]?.reason ?? "", /status 1/)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("finds one number wrong, and one that is not a number", () =>
    Effect.sync(() => {
      const one = convolution({ images: [1, 5, 4], window: 3, stride: 2, padding: 1, inputs: 3, outputs: 2 })
      const measureWith = (change: (y: tf.Tensor4D) => tf.Tensor4D) =>
        measure(
          one,
          { ...reference, conv2d: (x, filter, window) => change(reference.conv2d(x, filter, window)) },
          { repeats: 1, rounding: 2 ** -24 }
        )
      const add = (amount: number) => (y: tf.Tensor4D) =>
        tf.add<tf.Tensor4D>(y, tf.oneHot(tf.tensor1d([5], "int32"), y.size, amount, 0).reshape(y.shape))
      assert.isTrue(isRight(measureWith((y) => y)))
      assert.deepStrictEqual(
        measureWith(add(1e-4)).map((measurement) => isRight([measurement])),
        [false, true, true]
      )
      assert.isFalse(isRight(measureWith(add(Number.NaN))))
    }).pipe(Effect.provide(Backend.layerCpu))
  )
})
