import * as tf from "@tensorflow/tfjs-core"
import type { Addon } from "../../src/services/backend/tensorflow/Addon.js"
import type { Algorithm } from "../../src/services/backend/tensorflow/ConvolutionTable.js"
import * as EffectConv2D from "../../src/services/backend/tensorflow/operations/EffectConv2D.js"
import { flop, type Work } from "./Shapes.js"

const algorithms: ReadonlyArray<Algorithm> = ["direct", "winograd", "onednn"]

/** Winograd's algorithm is made for one window. */
const suits = (algorithm: Algorithm, { padding, stride, window }: Work): boolean =>
  algorithm !== "winograd" || (window.every((side) => side === 3) && stride === 1 && padding <= 2)

const least = 5
const millisOfEach = 200

/** The most GFLOP/s of each algorithm that suits, each called in turn until all have had their time, and at least five times. */
export const rates = (addon: Addon, work: Work): Partial<Record<Algorithm, number>> => {
  const { direction, images, inputs, output, outputs, padding, size, stride, window } = work
  const shapes = {
    x: [images, ...size, inputs],
    filter: [...window, inputs, outputs],
    dy: [images, ...output, outputs]
  }
  const [x, filter, dy] = [shapes.x, shapes.filter, shapes.dy].map((shape) => tf.randomNormal(shape))
  const candidates = algorithms.filter((algorithm) => suits(algorithm, work))
  const at = { stride, padding }
  const compute = candidates.map((algorithm) => {
    const { forward, gradFilter, gradInput } = EffectConv2D.convolution(addon, () => algorithm)
    return {
      forward: () => forward(x!, filter!, at),
      gradInput: () => gradInput(filter!, dy!, at, shapes.x),
      gradFilter: () => gradFilter(x!, dy!, at, shapes.filter)
    }[direction]
  })
  const best = candidates.map(() => Number.POSITIVE_INFINITY)
  const began = performance.now()
  for (let call = 0; call < least || performance.now() - began < millisOfEach * candidates.length; call++) {
    for (const [i, run] of compute.entries()) {
      const before = performance.now()
      const result = run()
      best[i] = Math.min(best[i]!, performance.now() - before)
      result.dispose()
    }
  }
  tf.dispose([x, filter, dy])
  return Object.fromEntries(candidates.map((algorithm, i) => [algorithm, flop(work) / best[i]! / 1e6]))
}
