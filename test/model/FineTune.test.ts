import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as Init from "../../src/model/Init.js"
import { chain, conv, flatten, globalAvgPool, linear, named, residual } from "../../src/model/Layers.js"
import type { Module } from "../../src/model/Module.js"
import * as Network from "../../src/model/Network.js"
import * as Networks from "../../src/model/Networks.js"
import * as Weights from "../../src/model/weights/Weights.js"

const network = Seminar.resnet(0)

const shapes = (network: Network.Network) =>
  Object.fromEntries(Network.parameters(network).map(({ path, shape }) => [path, shape.join("x")]))

describe("the network for other classes", () => {
  it.effect.each(["mnist-cnn", "cifar-resnet20"])("has another last layer and nothing else, and back: %s", (name) =>
    Effect.gen(function* () {
      const spec = yield* Effect.fromResult(Networks.parse(name))
      const network = Networks.build(spec, { input: { height: 32, width: 32, channels: 3 }, classes: 10 })
      const other = yield* Effect.fromResult(Network.withClasses(network, 37))
      assert.deepStrictEqual(yield* Effect.fromResult(Network.validate(other)), [37])
      const [before, after] = [shapes(network), shapes(other)]
      const paths = Object.keys(before)
      assert.deepStrictEqual(Object.keys(after), paths)
      const changed = paths.filter((path) => before[path] !== after[path])
      const head = changed[0]!.replace(/weight$/, "")
      assert.deepStrictEqual(
        changed,
        paths.filter((path) => path.startsWith(head))
      )
      assert.strictEqual(paths.at(-1), changed.at(-1))
      const back = yield* Effect.fromResult(Network.withClasses(other, network.classes))
      assert.deepStrictEqual(JSON.stringify(back), JSON.stringify(network))
    })
  )

  const of = (body: Module): Network.Network => ({ ...network, name: "mine", body })
  const input = { height: 32, width: 32, channels: 3 }
  const many: number = 10
  it.effect.each([
    ["a convolution last", of(chain(conv(3, 10), globalAvgPool)), "Conv with 0.bias"],
    [
      "a residual last",
      of(chain(globalAvgPool, residual({ body: linear(3, many), shortcut: linear(3, many) }))),
      "Linear with"
    ],
    ["no parameters", of(chain(globalAvgPool, flatten)), "no layer with parameters"],
    ["a head that does not fit", of(chain(flatten, named("linear", linear(3, 10)))), `[${input.height * 32 * 3}]`]
  ] as const)("is refused of one with %s", ([, network, says]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Network.withClasses(network, 100)))
      assert.strictEqual(error._tag, "ShapeError")
      assert.include(error.message, says)
    })
  )

  it.effect("has whole numbers of classes", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Network.withClasses(network, 0.5)))
      assert.strictEqual(error.path, "linear")
    })
  )
})

describe("weights for all but the head", () => {
  const published = Result.getOrThrow(Weights.toTorch(network, Init.init(network, 1)))
  const isHead = (name: string) => name.startsWith("linear.")

  it.effect("are loaded where the head is skipped, and are whole with those of an initial network", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fromResult(Network.withClasses(network, 37))
      const loaded = yield* Effect.fromResult(Weights.fromTorch(other, published, { skip: isHead }))
      assert.deepStrictEqual((yield* Effect.flip(Effect.fromResult(Weights.check(other, loaded)))).missing, [
        "linear.weight",
        "linear.bias"
      ])
      const first = Init.init(other, 2)
      const whole = Weights.merge(first, loaded)
      yield* Effect.fromResult(Weights.check(other, whole))
      assert.deepStrictEqual(whole.params["linear.weight"], first.params["linear.weight"])
      assert.deepStrictEqual(whole.params["conv1.weight"], Init.init(network, 1).params["conv1.weight"])
      assert.deepStrictEqual(whole.state, Init.init(network, 1).state)
    })
  )

  it.effect("are refused where something else is missing, or the head is not skipped", () =>
    Effect.gen(function* () {
      const other = yield* Effect.fromResult(Network.withClasses(network, 37))
      const { "layer2.0.conv1.weight": _, ...holed } = published
      const missing = yield* Effect.flip(Effect.fromResult(Weights.fromTorch(other, holed, { skip: isHead })))
      assert.deepStrictEqual([missing.missing, missing.misshapen], [["layer2.0.conv1.weight"], []])
      const misshapen = yield* Effect.flip(Effect.fromResult(Weights.fromTorch(other, published)))
      assert.strictEqual(misshapen.misshapen.length, 2)
    })
  )

  it.effect("of another shape, or under a name of nobody, are not the network's", () =>
    Effect.gen(function* () {
      const { params, state } = Init.init(network, 0)
      const error = yield* Effect.flip(
        Effect.fromResult(
          Weights.check(network, {
            params: { ...params, "linear.bias": { shape: [5], data: new Float32Array(5) } },
            state: { ...state, fc9: { shape: [], data: new Float32Array(1) } }
          })
        )
      )
      assert.deepStrictEqual([error.missing, error.unexpected], [[], ["fc9"]])
      assert.include(error.message, "linear.bias ([10] expected, got [5])")
    })
  )
})

describe("the parameters within parts", () => {
  it.effect("are those below, and those named", () =>
    Effect.gen(function* () {
      const isIn = yield* Effect.fromResult(Network.within(network, ["layer1", "layer2.0.bn1", "conv1.bias"]))
      const paths = Object.keys(shapes(network)).filter(isIn)
      assert.deepStrictEqual(
        paths.filter((path) => !path.startsWith("layer1.")),
        ["conv1.bias", ...["weight", "bias", "running_mean", "running_var"].map((name) => `layer2.0.bn1.${name}`)]
      )
      assert.strictEqual(paths.length, 5 + 12)
    })
  )

  it.effect("of an unknown part are an error that names the nearest", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.fromResult(Network.within(network, ["layer1", "layer22"])))
      assert.strictEqual(error.message, `seminar-resnet-0 has no part "layer22"\n  fix: did you mean layer2?`)
    })
  )
})
