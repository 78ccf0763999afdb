import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import { layerOf } from "../../src/model/Kinds.js"
import type { Context } from "../../src/model/Layer.js"
import {
  avgPool,
  batchNorm,
  conv,
  globalAvgPool,
  identityPadding,
  linear,
  maxPool,
  relu
} from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import { Backend } from "../../src/services/Backend.js"
import { backends } from "../support/Backends.js"
import { assertClose } from "../support/Close.js"
import { context } from "../support/Context.js"
import * as Golden from "../support/Golden.js"

/** Of each tensor's largest value. */
const tolerance = 1e-4

const Case = Schema.Struct({
  id: Schema.Int,
  op: Schema.String,
  stride: Schema.optionalKey(Schema.Int),
  padding: Schema.optionalKey(Schema.Int),
  mode: Schema.optionalKey(Schema.Literals(["train", "eval"]))
})
type Case = typeof Case.Type
const decodeCases = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Array(Case)))

/** Our layer for a case; the operations of later work and the losses, which are tested elsewhere, have none. */
const moduleOf = (one: Case, golden: Golden.Golden): Module | undefined => {
  switch (one.op) {
    case "conv2d": {
      const [output, input, kernel] = golden.w!.shape
      return conv(input!, output!, { kernel: kernel!, stride: one.stride!, padding: one.padding! })
    }
    case "batch_norm":
      return batchNorm(5)
    case "max_pool_2":
      return maxPool(2)
    case "max_pool_3_stride_2_pad_1":
      return maxPool(3, { stride: 2, padding: 1 })
    case "avg_pool_2":
      return avgPool(2)
    case "global_avg_pool":
      return globalAvgPool
    case "relu":
      return relu
    case "identity_padding_4_to_8_stride_2":
      return identityPadding(4, 8, { stride: 2 })
    case "identity_padding_4_to_8_stride_1":
      return identityPadding(4, 8)
    case "linear":
      return linear(7, 4)
    default:
      return undefined
  }
}

/** Names in the file of what PyTorch calls `weight` and `bias`. */
const fileNames = { weight: ["w", "gamma"], bias: ["b", "beta"], running_mean: ["mean"], running_var: ["var"] }
const fileName = (golden: Golden.Golden, name: string): string =>
  Object.entries(fileNames)
    .find(([known]) => known === name)?.[1]
    .find((short) => short in golden) ?? name

const inPlace = (tensor: tf.Tensor, axes: ReadonlyArray<number> | undefined): tf.Tensor =>
  axes === undefined ? tensor : tf.transpose(tensor, [...axes])

/** Images to NHWC and back; vectors stay. */
const toOurs = (tensor: tf.Tensor) => inPlace(tensor, tensor.rank === 4 ? [0, 2, 3, 1] : undefined)
const toTorch = (tensor: tf.Tensor) => inPlace(tensor, tensor.rank === 4 ? [0, 3, 1, 2] : undefined)

/** Output, gradients and new state, by the names of the file and in PyTorch's layouts. */
const compute = (module: Module, golden: Golden.Golden, context: Context) => {
  const layer = layerOf(module)
  const results: Record<string, Float32Array> = {}
  const put = (name: string, tensor: tf.Tensor) => {
    results[name] = tensor.dataSync<"float32">()
  }
  tf.tidy(() => {
    const x = toOurs(Golden.tensor(golden.x!))
    const own = layer.parameters.map((parameter) => {
      const { name, torchAxes } = parameter
      const axes = torchAxes?.map((_, axis) => torchAxes.indexOf(axis))
      return {
        ...parameter,
        file: fileName(golden, name),
        tensor: inPlace(Golden.tensor(golden[fileName(golden, name)]!), axes)
      }
    })
    const learned = own.filter(({ role }) => role === "param")
    const state = Object.fromEntries(own.map(({ name, tensor }) => [name, tensor]))
    const gradients = tf.grads((input, ...values) => {
      const given = Object.fromEntries(learned.map(({ name }, i) => [name, values[i]!]))
      const [y, updates] = layer.apply(input!, { ...state, ...given }, context)
      put("out", toTorch(y))
      for (const [name, update] of Object.entries(updates)) {
        put(`${fileName(golden, name)}_after`, update)
      }
      return tf.sum(tf.mul(y, toOurs(Golden.tensor(golden.dout!))))
    })([x, ...learned.map(({ tensor }) => tensor)])
    put("dx", toTorch(gradients[0]!))
    for (const [i, { file, torchAxes }] of learned.entries()) {
      put(`d${file}`, inPlace(gradients[i + 1]!, torchAxes))
    }
  })
  return results
}

describe.each(Object.entries(backends))("layers equal PyTorch's operations on %s", (_, layer) => {
  it.effect("outputs, gradients of all inputs, running statistics", () =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const all = yield* Golden.load("ops")
      const json = new TextDecoder().decode(yield* Golden.bytes("ops.json"))
      const done: Array<string> = []
      for (const one of yield* decodeCases(json)) {
        const golden = Golden.under(all, `${one.id}.`)
        const module = moduleOf(one, golden)
        if (module !== undefined) {
          const results = compute(module, golden, context(kernels, one.mode ?? "eval"))
          const expected = Object.keys(golden).filter(
            (name) =>
              name === "out" ||
              name in results ||
              /^d(?!out)/.test(name) ||
              (one.mode === "train" && /_after$/.test(name))
          )
          assert.includeMembers(expected, ["out", "dx"], one.op)
          for (const name of expected) {
            const values = golden[name]!
            assert.isDefined(results[name], `${one.op} ${name}`)
            assertClose(results[name]!, values.dtype === "F32" ? values.data : [], tolerance)
          }
          done.push(one.op)
        }
      }
      assert.strictEqual(done.length, 16)
    }).pipe(Effect.provide(layer))
  )
})
