import { assert } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, type Layer } from "effect"
import * as Random from "../../src/internal/Random.js"
import type { Kernels } from "../../src/model/Kernels.js"
import { Backend } from "../../src/services/backend/Backend.js"
import type { BackendError } from "../../src/services/native/BackendError.js"
import { assertClose } from "./Close.js"

/** A tensor's values in host memory. */
export interface Host {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array
}

/** Standard normal values, the same for the same name. */
export const noise = (name: string, ...shape: ReadonlyArray<number>): Host => {
  const { normal } = Random.make(1, name)
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal) }
}

export type Operation = (kernels: Kernels, inputs: Array<tf.Tensor>) => ReadonlyArray<tf.Tensor>

/** Outputs of `operation`, and the gradients of its first output (weighted at random) by the first `differentiated` inputs. */
const evaluate = (operation: Operation, inputs: ReadonlyArray<Host>, differentiated: number) =>
  Effect.gen(function* () {
    const { kernels } = yield* Backend
    return tf.tidy(() => {
      const tensors = inputs.map(({ shape, data }) => tf.tensor(data, [...shape]))
      const outputs = operation(kernels, tensors)
      const weights = noise("weights", ...outputs[0]!.shape)
      const gradients = tf.grads((...xs: Array<tf.Tensor>) =>
        tf.sum(
          tf.mul(
            operation(kernels, [...xs, ...tensors.slice(differentiated)])[0]!,
            tf.tensor(weights.data, [...weights.shape])
          )
        )
      )(tensors.slice(0, differentiated))
      return [...outputs, ...gradients].map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync<"float32">() }))
    })
  })

/** `operation` gives the same outputs and gradients on the backend `layer` as on another one. */
export const assertEqualOn = (
  layer: Layer.Layer<Backend, BackendError>,
  other: Layer.Layer<Backend, BackendError>,
  operation: Operation,
  inputs: ReadonlyArray<Host>,
  differentiated: number
) =>
  Effect.gen(function* () {
    const actual = yield* evaluate(operation, inputs, differentiated).pipe(Effect.provide(layer))
    const reference = yield* evaluate(operation, inputs, differentiated).pipe(Effect.provide(other))
    assert.strictEqual(actual.length, reference.length)
    for (const [index, expected] of reference.entries()) {
      assert.deepStrictEqual(actual[index]!.shape, expected.shape)
      assertClose(actual[index]!.data, expected.data, 1e-5)
    }
  })

/** `operation` gives the same outputs and gradients on the backend `layer` as the reference does in plain JavaScript. */
export const assertEqualsReference = (
  layer: Layer.Layer<Backend, BackendError>,
  operation: Operation,
  inputs: ReadonlyArray<Host>,
  differentiated: number
) => assertEqualOn(layer, Backend.layerCpu, operation, inputs, differentiated)
