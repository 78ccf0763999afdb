import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as Random from "../../src/internal/Random.js"
import * as Initializer from "../../src/model/Initializer.js"
import { builtIn, layerOf } from "../../src/model/Kinds.js"
import { avgPool, conv, maxPool } from "../../src/model/Layers.js"
import { BatchNorm } from "../../src/model/layers/BatchNorm.js"
import { Dropout } from "../../src/model/layers/Dropout.js"
import { IdentityPadding } from "../../src/model/layers/IdentityPadding.js"
import { Linear } from "../../src/model/layers/Linear.js"
import { MaxPool } from "../../src/model/layers/MaxPool.js"
import { Relu } from "../../src/model/layers/Relu.js"
import { Scale } from "../../src/model/layers/Scale.js"
import type { Module } from "../../src/model/Module.js"
import * as Network from "../../src/model/Network.js"
import { size } from "../../src/model/Shape.js"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import * as StoredTensor from "../../src/model/weights/StoredTensor.js"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** The same data, but that JSON has no negative zero. */
const plain = (data: unknown): unknown => JSON.parse(JSON.stringify(data))

describe("safetensors", () => {
  const Dtype = Schema.Literals(["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64"])
  const Name = Schema.String.check(Schema.makeFilter((name) => name !== "__metadata__"))
  const Tensor = Schema.Struct({
    name: Name,
    dtype: Dtype,
    shape: Schema.Array(between(0, 4)).check(Schema.isMaxLength(4)),
    seed: between(0, 1000)
  })
  const Metadata = Schema.Array(Schema.Tuple([Schema.String, Schema.String]))

  it.effect.prop("are read as they were written", [Schema.Array(Tensor), Metadata], ([tensors, metadata]) =>
    Effect.gen(function* () {
      const contents: Safetensors.Contents = {
        tensors: Object.fromEntries(
          tensors.map(({ dtype, name, seed, shape }) => {
            const { below } = Random.make(seed, name)
            // Every bit pattern, not-a-number among them; a boolean is a byte of 0 or 1.
            const bytes = Uint8Array.from({ length: size(shape) * StoredTensor.bytesOf[dtype] }, () =>
              below(dtype === "BOOL" ? 2 : 256)
            )
            return [name, StoredTensor.make(dtype, shape, bytes)]
          })
        ),
        metadata: Object.fromEntries(metadata)
      }
      const file = Safetensors.encode(contents)
      const read = yield* Effect.fromResult(Safetensors.decode(file))
      assert.deepStrictEqual(read, contents)
      assert.deepStrictEqual(Safetensors.encode(read), file)
    })
  )
})

describe("windows", () => {
  /** How many places a window of `reach` pixels has along a side with padding, counted one by one. */
  const places = (length: number, reach: number, stride: number, padding: number): number => {
    let count = 0
    for (let begin = -padding; begin + reach <= length + padding; begin += stride) count++
    return count
  }
  const Side = between(1, 12)
  const Small = between(1, 4)
  const assertShape = (module: Module, input: ReadonlyArray<number>, [h, w, c]: readonly [number, number, number]) => {
    const shape = layerOf(builtIn, module).outputShape(input)
    if (h > 0 && w > 0) assert.deepStrictEqual(Result.getOrThrow(shape), [h, w, c])
    else assert.isTrue(Result.isFailure(shape))
  }

  it.effect.prop(
    "of convolutions and pools are as many as fit",
    [Side, Side, Small, Small, between(0, 3), Small],
    ([height, width, window, stride, padding, dilation]) =>
      Effect.sync(() => {
        const along = (length: number, reach: number, padded: number) => places(length, reach, stride, padded)
        const reach = dilation * (window - 1) + 1
        assertShape(
          conv(3, 5, { kernel: window, stride, padding, dilation }),
          [height, width, 3],
          [along(height, reach, padding), along(width, reach, padding), 5]
        )
        assertShape(
          maxPool(window, { stride, padding }),
          [height, width, 3],
          [along(height, window, padding), along(width, window, padding), 3]
        )
        assertShape(
          avgPool(window, { stride }),
          [height, width, 3],
          [along(height, window, 0), along(width, window, 0), 3]
        )
      })
  )

  it.effect.prop(
    "of odd size keep the image at stride 1",
    [Side, Side, between(0, 3), Small],
    ([h, w, half, dilation]) =>
      Effect.sync(() => assertShape(conv(3, 5, { kernel: 2 * half + 1, dilation }), [h, w, 3], [h, w, 5]))
  )
})

describe("a network", () => {
  const Layer: Schema.Codec<Module> = Schema.Union([BatchNorm, Dropout, IdentityPadding, Linear, MaxPool, Relu, Scale])
  const Part: Schema.Codec<Module> = Schema.suspend(() => Module)
  const Module: Schema.Codec<Module> = Schema.Union([
    Layer,
    Schema.TaggedStruct("Named", { name: Schema.String, module: Part }),
    Schema.TaggedStruct("Chain", { modules: Schema.Array(Part) }),
    Schema.TaggedStruct("Residual", { body: Part, shortcut: Part })
  ])
  const Count = between(1, 300)
  const Json = Schema.fromJsonString(Network.codec())

  it.effect.prop("is read from JSON as it was written", [Schema.String, Count, Count, Module], ([name, n, m, body]) =>
    Effect.gen(function* () {
      const network: Network.Network = { name, input: { height: n, width: m, channels: n }, classes: m, body }
      const json = yield* Schema.encodeEffect(Json)(network)
      assert.deepStrictEqual(yield* Schema.decodeEffect(Json)(json), plain(network))
    })
  )
})

describe("an initializer", () => {
  it.effect.prop("is read from JSON as it was written", [Initializer.Initializer], ([initializer]) =>
    Effect.gen(function* () {
      const Json = Schema.fromJsonString(Initializer.Initializer)
      const json = yield* Schema.encodeEffect(Json)(initializer)
      assert.deepStrictEqual(yield* Schema.decodeEffect(Json)(json), plain(initializer))
    })
  )
})
