import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as MnistCnn from "../../src/model/families/MnistCnn.js"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as Init from "../../src/model/Init.js"
import type { StoredTensor } from "../../src/model/weights/StoredTensor.js"
import * as Weights from "../../src/model/weights/Weights.js"
import * as Golden from "../support/Golden.js"

describe("PyTorch's names and layouts", () => {
  it.effect.each([
    ["mnist-cnn", MnistCnn.make()],
    ["seed-resnet-n0", Seminar.resnet(0)],
    ["seed-resnet-n0-option-b", Seminar.make({ blocks: [1, 1, 1, 1], shortcut: "projection" })]
  ] as const)("a state_dict of %s goes through our layouts and back without a change", ([name, network]) =>
    Effect.gen(function* () {
      const dict = Golden.under(yield* Golden.load(name), "init.")
      const weights = yield* Effect.fromResult(Weights.fromTorch(network, dict))
      assert.deepStrictEqual(Result.getOrThrow(Weights.toTorch(network, weights)), dict)
    })
  )

  it("kernels become OIHW, linear weights [out, in]", () => {
    const network = MnistCnn.make()
    const weights = Init.init(network, 1)
    const dict = Result.getOrThrow(Weights.toTorch(network, weights))
    const ours = weights.params["conv2.weight"]!
    const theirs = dict["conv2.weight"]!
    assert.deepStrictEqual(
      [ours.shape, theirs.shape],
      [
        [5, 5, 6, 16],
        [16, 6, 5, 5]
      ]
    )
    const [h, w, i, o] = [1, 2, 3, 4]
    assert.strictEqual(theirs.data[((o * 6 + i) * 5 + h) * 5 + w], ours.data[((h * 5 + w) * 6 + i) * 16 + o])
    assert.deepStrictEqual(dict["fc1.weight"]!.shape, [120, 256])
    assert.strictEqual(dict["fc1.weight"]!.data[7 * 256 + 9], weights.params["fc1.weight"]!.data[9 * 120 + 7])
  })
})

describe("fromTorch", () => {
  const network = Seminar.resnet(0)
  const dict = Result.getOrThrow(Weights.toTorch(network, Init.init(network, 1)))
  const { "conv1.bias": _, "linear.weight": linear, ...rest } = dict

  it.effect("passes over the counter of batches", () => {
    const counter: StoredTensor = { dtype: "I64", shape: [], data: BigInt64Array.of(5n) }
    return Effect.fromResult(Weights.fromTorch(network, { ...dict, "norm1.num_batches_tracked": counter }))
  })

  it.effect("lists what is missing, unexpected and misshapen in one error", () =>
    Effect.gen(function* () {
      const error = yield* Weights.fromTorch(network, {
        ...rest,
        "linear.weight": { dtype: "F32", shape: [128, 10], data: new Float32Array(1280) },
        "linear.bias": { dtype: "I32", shape: [10], data: new Int32Array(10) },
        "../escape": linear!
      }).pipe(Effect.fromResult, Effect.flip)
      assert.strictEqual(error._tag, "WeightsError")
      assert.deepStrictEqual(error.missing, ["conv1.bias"])
      assert.deepStrictEqual(error.unexpected, ["../escape"])
      assert.deepStrictEqual(error.misshapen, [
        "linear.weight ([10, 128] F32 expected, got [128, 10] F32)",
        "linear.bias ([10] F32 expected, got [10] I32)"
      ])
      for (const part of ["seminar-resnet-0", "missing: conv1.bias", "unexpected: ../escape", "misshapen: linear"]) {
        assert.include(error.message, part)
      }
    })
  )

  it.effect("prints no more of the names than can be read, and nothing that a terminal obeys", () =>
    Effect.gen(function* () {
      const strange = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`\u001b[2J${i}`, linear!]))
      const error = yield* Effect.flip(Effect.fromResult(Weights.fromTorch(network, { ...dict, ...strange })))
      assert.strictEqual(error.unexpected.length, 150)
      assert.include(error.message, "unexpected: ?[2J0, ?[2J1,")
      assert.include(error.message, "?[2J99, and 50 more")
    })
  )

  it.effect("takes floating-point numbers of any width, and no integers, which would be quantised weights", () =>
    Effect.gen(function* () {
      const bias = {
        ...dict,
        "linear.bias": { dtype: "F16", shape: [10], data: new Uint16Array(10).fill(0x3c00) }
      } as const
      const { params } = yield* Effect.fromResult(Weights.fromTorch(network, bias))
      assert.deepStrictEqual(params["linear.bias"]?.data, new Float32Array(10).fill(1))
      const quantised = { ...dict, "linear.bias": { dtype: "I8", shape: [10], data: new Int8Array(10) } } as const
      const error = yield* Effect.flip(Effect.fromResult(Weights.fromTorch(network, quantised)))
      assert.deepStrictEqual(error.misshapen, ["linear.bias ([10] F32 expected, got [10] I8)"])
    })
  )
})
