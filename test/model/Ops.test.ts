import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { Effect, Schema } from "effect"
import type { Context } from "../../src/model/Layer.js"
import {
  avgPool,
  avgPoolPadding,
  batchNorm,
  conv,
  gelu,
  globalAvgPool,
  globalMaxPool,
  groupNorm,
  identityPadding,
  layerNorm,
  linear,
  maxPool,
  relu,
  silu,
  squeezeExcitation
} from "../../src/model/Layers.js"
import * as Layout from "../../src/model/Layout.js"
import type { Module } from "../../src/model/Module.js"
import { Backend } from "../../src/services/backend/Backend.js"
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
  groups: Schema.optionalKey(Schema.Int),
  dilation: Schema.optionalKey(Schema.Int),
  mode: Schema.optionalKey(Schema.Literals(["train", "eval"]))
})
type Case = typeof Case.Type
const decodeCases = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Array(Case)))

/** Our layer for a case; losses, which are tested elsewhere, have none. */
const moduleOf = (one: Case, golden: Golden.Golden): Module | undefined => {
  switch (one.op) {
    case "conv2d": {
      const [output, input, kernel] = golden.w!.shape
      return conv(input!, output!, { kernel: kernel!, stride: one.stride!, padding: one.padding! })
    }
    case "conv": {
      const [output, inputs, kernel] = golden.weight!.shape
      const { dilation, groups, padding, stride } = one
      return conv(inputs! * groups!, output!, {
        kernel: kernel!,
        stride: stride!,
        padding: padding!,
        groups: groups!,
        dilation: dilation!
      })
    }
    case "batch_norm":
      return batchNorm(5)
    case "batch_norm_without_scale":
      return batchNorm(5, { scale: false, epsilon: 1e-12, decay: 0.6 })
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
    case "global_max_pool":
      return globalMaxPool
    case "gelu":
      return gelu
    case "silu":
      return silu
    case "group_norm_3_groups":
      return groupNorm(6, { groups: 3 })
    case "group_norm_1_group":
      return groupNorm(6, { groups: 1 })
    case "layer_norm_vector":
      return layerNorm(7)
    case "layer_norm_image":
      return layerNorm(6)
    case "squeeze_excitation_8_to_2":
      return squeezeExcitation(8, { squeezed: 2 })
    case "linear_without_bias":
      return linear(7, 4, { bias: false })
    case "option_a_two_sided_4_to_8_stride_2":
      return identityPadding(4, 8, { stride: 2, zeros: "around" })
    case "avg_pool_padding_4_to_8_stride_2":
      return avgPoolPadding(4, 8, { stride: 2 })
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
  const layers = Layout.leaves(Layout.make({ body: module })).map(({ layer }) => layer)
  const results: Record<string, Float32Array> = {}
  const put = (name: string, tensor: tf.Tensor) => {
    results[name] = tensor.dataSync<"float32">()
  }
  tf.tidy(() => {
    const x = toOurs(Golden.tensor(golden.x!))
    const own = layers
      .flatMap(({ parameters }) => parameters)
      .map((parameter) => {
        const { name, torchAxes } = parameter
        const axes = torchAxes?.map((_, axis) => torchAxes.indexOf(axis))
        return {
          ...parameter,
          file: fileName(golden, name),
          tensor: inPlace(Golden.tensor(golden[fileName(golden, name)]!), axes)
        }
      })
    const trainable = own.filter(({ role }) => role === "param")
    const state = Object.fromEntries(own.map(({ name, tensor }) => [name, tensor]))
    const gradients = tf.grads((input, ...values) => {
      const given = Object.fromEntries(trainable.map(({ name }, i) => [name, values[i]!]))
      const y = layers.reduce((x, layer) => {
        const [y, updates] = layer.apply(x, { ...state, ...given }, context)
        for (const [name, update] of Object.entries(updates)) {
          put(`${fileName(golden, name)}_after`, update)
        }
        return y
      }, input!)
      put("out", toTorch(y))
      return tf.sum(tf.mul(y, toOurs(Golden.tensor(golden.dout!))))
    })([x, ...trainable.map(({ tensor }) => tensor)])
    put("dx", toTorch(gradients[0]!))
    for (const [i, { file, torchAxes }] of trainable.entries()) {
      put(`d${file}`, inPlace(gradients[i + 1]!, torchAxes))
    }
  })
  return results
}

/** Which operations are tested of a file with reference values, and which are no layers. */
const files = [
  { file: "ops", tested: 19, others: ["cross_entropy", "cross_entropy_soft_targets"] },
  { file: "layers", tested: 16, others: [] }
]

describe.each(Object.entries(backends))("layers equal PyTorch's operations on %s", (_, layer) => {
  it.effect.each(files)("outputs, gradients of all inputs, running statistics: $file", ({ file, others, tested }) =>
    Effect.gen(function* () {
      const { kernels } = yield* Backend
      const all = yield* Golden.load(file)
      const json = new TextDecoder().decode(yield* Golden.bytes(`${file}.json`))
      const cases = (yield* decodeCases(json)).map((one) => {
        const golden = Golden.under(all, `${one.id}.`)
        return { one, golden, module: moduleOf(one, golden) }
      })
      assert.deepStrictEqual(
        [...new Set(cases.flatMap(({ module, one }) => (module === undefined ? [one.op] : [])))],
        others
      )
      let done = 0
      for (const { golden, module, one } of cases) {
        if (module === undefined) continue
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
        done++
      }
      assert.strictEqual(done, tested)
    }).pipe(Effect.provide(layer))
  )
})
