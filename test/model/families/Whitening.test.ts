import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect } from "effect"
import * as Random from "../../../src/internal/Random.js"
import * as Airbench from "../../../src/model/families/Airbench.js"
import * as Whitening from "../../../src/model/families/Whitening.js"
import * as Init from "../../../src/model/Init.js"
import type { HostTensor } from "../../../src/model/Tensors.js"
import { Backend } from "../../../src/services/backend/Backend.js"
import { backends } from "../../support/Backends.js"
import { assertClose } from "../../support/Close.js"

/** Random images whose neighbours and channels go together, as those of photographs do. */
const images: HostTensor = (() => {
  const { normal } = Random.make(0, "whitening")
  const shape = [20, 16, 16, 3]
  const data = new Float32Array(20 * 16 * 16 * 3)
  for (let i = 0; i < data.length; i++) {
    data[i] = 0.5 * normal() + 0.6 * (data[i - 1] ?? 0) + 0.3 * (data[i - 16 * 3] ?? 0)
  }
  return { shape, data }
})()

describe("filters", () => {
  it.effect("make the patches of the images uncorrelated and of mean square 1, then the same with the other sign", () =>
    Effect.gen(function* () {
      yield* Backend
      const { data, shape } = Whitening.filters(images, { size: 2, epsilon: 0 })
      assert.deepStrictEqual(shape, [2, 2, 3, 24])
      const [moments, negative] = tf.tidy(() => {
        const x = tf.tensor4d(images.data, [20, 16, 16, 3])
        const y = tf.reshape(tf.conv2d(x, tf.tensor4d(data, [2, 2, 3, 24]), 1, "valid"), [-1, 24])
        const [first, second] = tf.split(y, 2, 1)
        const moments = tf.div(tf.matMul(first!, first!, true), y.shape[0]!)
        return [moments.dataSync<"float32">(), tf.add(first!, second!).dataSync<"float32">()] as const
      })
      assertClose(
        moments,
        Array.from({ length: 144 }, (_, i) => (i % 13 === 0 ? 1 : 0)),
        1e-4
      )
      assert.isTrue(negative.every((sum) => sum === 0))
    }).pipe(Effect.provide(backends.tensorflow))
  )

  it("go to the frozen layer of airbench, and to nothing else", () => {
    const weights = Init.init(Airbench.make({ name: "airbench", widths: [4, 4, 4] }), 0)
    const whitened = Airbench.whitened(weights, images)
    assert.strictEqual(whitened.params, weights.params)
    assert.deepStrictEqual(whitened.state["whiten.weight"], Whitening.filters(images, { size: 2 }))
    const { "whiten.weight": _, ...rest } = whitened.state
    const { "whiten.weight": before, ...others } = weights.state
    assert.deepStrictEqual(rest, others)
    assert.deepStrictEqual(before!.shape, [2, 2, 3, 24])
  })
})
