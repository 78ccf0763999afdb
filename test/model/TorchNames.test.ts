import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as ResNet from "../../src/model/families/ResNet.js"
import * as Network from "../../src/model/Network.js"
import { size } from "../../src/model/Shape.js"
import type { StoredTensor } from "../../src/model/weights/StoredTensor.js"
import * as Weights from "../../src/model/weights/Weights.js"
import * as WeightFiles from "../support/WeightFiles.js"

type Shapes = Readonly<Record<string, ReadonlyArray<number>>>

/** The names and shapes of torchvision's state dicts, to which timm's are equal. */
const published = Effect.map(WeightFiles.bytes("fixtures/resnet-names.txt"), (bytes) => {
  const [, ...sections] = new TextDecoder().decode(bytes).split("# ")
  return new Map(
    sections.map((section): [string, Shapes] => {
      const [name, ...lines] = section.trimEnd().split("\n")
      const entries = lines.map((line): [string, ReadonlyArray<number>] => {
        const [path, shape] = line.split(" ")
        return [path!, shape?.split("x").map(Number) ?? []]
      })
      return [name!, Object.fromEntries(entries)]
    })
  )
})

const counted = (path: string) => !path.endsWith(".num_batches_tracked")

describe("the residual networks have torchvision's and timm's names and shapes", () => {
  it.effect.each(["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"] as const)("%s", (name) =>
    Effect.gen(function* () {
      const ours = Network.parameters(ResNet.make(ResNet.variants[name])).map(({ path, shape, torchAxes }) => [
        path,
        torchAxes?.map((axis) => shape[axis]!) ?? shape
      ])
      const theirs = Object.entries((yield* published).get(name)!).filter(([path]) => counted(path))
      assert.strictEqual(ours.length, theirs.length)
      assert.deepStrictEqual(Object.fromEntries(ours), Object.fromEntries(theirs))
    })
  )

  it.effect("a state dict of theirs becomes the weights of ours, name for name", () =>
    Effect.gen(function* () {
      const shapes = Object.entries((yield* published).get("resnet18")!)
      const stored = shapes.map(([path, shape], i): [string, StoredTensor] => [
        path,
        counted(path)
          ? { dtype: "F32", shape, data: new Float32Array(size(shape)).fill(i) }
          : { dtype: "I64", shape, data: BigInt64Array.of(1n) }
      ])
      const { params, state } = yield* Effect.fromResult(
        Weights.fromTorch(ResNet.resnet18(), Object.fromEntries(stored))
      )
      const loaded = { ...params, ...state }
      for (const [i, [path]] of shapes.entries()) {
        if (counted(path))
          assert.isTrue(
            loaded[path]!.data.every((value) => value === i),
            path
          )
      }
    })
  )
})
