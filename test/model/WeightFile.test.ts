import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Safetensors from "../../src/model/weights/Safetensors.js"
import * as StoredTensor from "../../src/model/weights/StoredTensor.js"
import * as Pickles from "../support/Pickles.js"
import * as WeightFiles from "../support/WeightFiles.js"

describe("files as PyTorch writes them are read as PyTorch reads them", () => {
  const cases = ["plain", "checkpoint", "compiled", "parameters", "kinds", "views"].flatMap((name) =>
    ["pt", "legacy.pt"].map((ending) => [`${name}.${ending}`, name] as const)
  )
  it.effect.each(cases)("%s", ([file, name]) =>
    Effect.gen(function* () {
      const tensors = yield* WeightFiles.decode(yield* WeightFiles.bytes(`fixtures/${file}`))
      assert.deepStrictEqual(tensors, yield* WeightFiles.safetensors(`fixtures/${name}.safetensors`))
    })
  )

  it.effect("safetensors", () =>
    Effect.gen(function* () {
      const tensors = yield* WeightFiles.decode(yield* WeightFiles.bytes("fixtures/plain.safetensors"))
      assert.deepStrictEqual(tensors, yield* WeightFiles.safetensors("fixtures/plain.safetensors"))
    })
  )

  it.effect("the published ResNet-20, whose names are without the prefix of DataParallel", () =>
    Effect.gen(function* () {
      const tensors = yield* WeightFiles.decode(yield* WeightFiles.bytes("resnet20-12fca82f.th"))
      const names = Object.keys(tensors)
      assert.deepStrictEqual([names[0], names.at(-1), names.length], ["conv1.weight", "linear.bias", 97])
    })
  )
})

it.effect("a file as Python 2 wrote it: short strings, an ordered dict of pairs, a view of another storage", () =>
  Effect.gen(function* () {
    const short = (text: string): Pickles.Code => [0x55, text.length, ...new TextEncoder().encode(text)]
    const view = Pickles.tuple(short("1"), Pickles.int(2), Pickles.int(3))
    const storage = Pickles.tuple(
      short("storage"),
      Pickles.global("torch", "FloatStorage"),
      short("0"),
      short("cpu"),
      Pickles.int(6),
      view
    )
    const tensor = Pickles.call(
      Pickles.global("torch._utils", "_rebuild_tensor"),
      [...storage, 0x51],
      Pickles.int(1),
      Pickles.tuple(Pickles.int(2)),
      Pickles.tuple(Pickles.int(1))
    )
    const pairs = Pickles.list(Pickles.list(short("module.a"), tensor))
    const saved = Pickles.pickle(Pickles.call(Pickles.global("collections", "OrderedDict"), pairs))
    const file = Pickles.legacy(saved, { numbers: Float32Array.of(0, 1, 2, 3, 4, 5) })
    assert.deepStrictEqual(yield* WeightFiles.decode(file), {
      a: { dtype: "F32", shape: [2], data: Float32Array.of(3, 4) }
    })
  })
)

it.effect("views that share a storage share their numbers only where they are the same view", () =>
  Effect.gen(function* () {
    const tensors = yield* WeightFiles.decode(yield* WeightFiles.bytes("fixtures/parameters.pt"))
    assert.strictEqual(tensors["tied.weight"]?.data, tensors["fc.weight"]?.data)
    const views = yield* WeightFiles.decode(yield* WeightFiles.bytes("fixtures/views.pt"))
    assert.notStrictEqual(views.whole?.data.buffer, views.part?.data.buffer)
  })
)

describe("types", () => {
  it.effect("float32 of float64, float16 and bfloat16 is PyTorch's, bit for bit", () =>
    Effect.gen(function* () {
      const tensors = yield* WeightFiles.safetensors("fixtures/kinds.safetensors")
      const expected = yield* WeightFiles.safetensors("fixtures/kinds-float32.safetensors")
      for (const name of ["f32", "f64", "f16", "bf16"]) {
        assert.deepStrictEqual(StoredTensor.toFloat32(tensors[name]!), expected[name]!.data, name)
      }
      for (const name of ["i64", "i32", "i16", "i8", "u8", "bool"]) {
        assert.isUndefined(StoredTensor.toFloat32(tensors[name]!), name)
      }
    })
  )

  it.effect("safetensors of all types are written as the reference implementation writes them", () =>
    Effect.gen(function* () {
      const file = yield* WeightFiles.bytes("fixtures/kinds.safetensors")
      const tensors = yield* WeightFiles.safetensors("fixtures/kinds.safetensors")
      assert.deepStrictEqual(Safetensors.encode({ tensors, metadata: {} }), file)
    })
  )

  it("not-a-numbers stay so", () => {
    for (const tensor of [
      { dtype: "F16", shape: [1], data: Uint16Array.of(0x7e01) },
      { dtype: "BF16", shape: [1], data: Uint16Array.of(0x7fc0) }
    ] as const) {
      assert.isNaN(StoredTensor.toFloat32(tensor)![0])
    }
  })
})
