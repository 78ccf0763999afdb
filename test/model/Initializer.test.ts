import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as Random from "../../src/internal/Random.js"
import * as Initializer from "../../src/model/Initializer.js"
import type { Shape } from "../../src/model/Shape.js"

const sample = (initializer: Initializer.Initializer, shape: Shape) =>
  Initializer.sample(initializer, shape, Random.make(3, "test"))

const moments = (data: Float32Array) => {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length
  return { mean, deviation: Math.sqrt(variance) }
}

/** A convolution's weights: 9 * 40 = 360 inputs to an output, 9 * 60 = 540 outputs of an input. */
const shape = [3, 3, 40, 60]

describe("each distribution has the mean, deviation and bounds that its formula says", () => {
  // The share of a normal distribution within one deviation is 0.683, of a uniform one 1 / sqrt(3), or 0.577.
  it.each([
    ["uniform", Initializer.uniform(0.5), 0.5 / Math.sqrt(3), 0.5, 0.577],
    ["normal", Initializer.normal(0.3), 0.3, Number.POSITIVE_INFINITY, 0.683],
    // Cut at 4 deviations next to nothing is missing; at one, the deviation is sqrt(1 - 2 phi(1) / 0.6827), or 0.5396, of the whole one.
    ["truncated far out", Initializer.truncatedNormal(0.5), 0.5, 2, 0.683],
    ["truncated at one deviation", Initializer.truncatedNormal(0.2, { bound: 0.2 }), 0.2 * 0.5396, 0.2, 0.6],
    ["He, in", Initializer.heNormal({ fan: "in" }), Math.sqrt(2 / 360), Number.POSITIVE_INFINITY, 0.683],
    ["He, out", Initializer.heNormal({ fan: "out" }), Math.sqrt(2 / 540), Number.POSITIVE_INFINITY, 0.683],
    ["He, uniform", Initializer.heUniform({ fan: "in" }), Math.sqrt(2 / 360), Math.sqrt(6 / 360), 0.577],
    ["Glorot", Initializer.glorotNormal, Math.sqrt(2 / 900), Number.POSITIVE_INFINITY, 0.683],
    ["Glorot, uniform", Initializer.glorotUniform, Math.sqrt(2 / 900), Math.sqrt(6 / 900), 0.577],
    ["PyTorch's default", Initializer.torchDefault, Math.sqrt(1 / 3 / 360), Math.sqrt(1 / 360), 0.577]
  ] as const)("%s", (name, initializer, deviation, bound, within) => {
    const data = sample(initializer, shape)
    const found = moments(data)
    // Four standard errors of 21,600 samples.
    assert.closeTo(found.mean, 0, (4 * deviation) / Math.sqrt(data.length))
    assert.closeTo(found.deviation, deviation, (4 * deviation) / Math.sqrt(2 * data.length))
    const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    assert.isAtMost(largest, bound * (1 + 1e-6))
    if (Number.isFinite(bound) && name !== "truncated far out") assert.isAtLeast(largest, 0.99 * bound)
    assert.closeTo(data.filter((x) => Math.abs(x) < deviation).length / data.length, within, 0.02)
  })

  it("of a linear layer, inputs stand before outputs", () => {
    const { deviation } = moments(sample(Initializer.heNormal({ fan: "in" }), [300, 70]))
    assert.closeTo(deviation, Math.sqrt(2 / 300), 0.003)
  })
})

describe("orthogonal", () => {
  it.each([
    ["fewer outputs than inputs", [3, 3, 4, 20], 36, 20],
    ["more outputs than inputs", [3, 3, 4, 50], 36, 50],
    ["a square", [24, 24], 24, 24]
  ] as const)("vectors of one length, perpendicular to each other: %s", (_, shape, inputs, outputs) => {
    const gain = 1.5
    const data = sample(Initializer.orthogonal({ gain }), shape)
    const filters = Array.from({ length: outputs }, (_, o) =>
      Array.from({ length: inputs }, (_, i) => data[i * outputs + o]!)
    )
    const places = Array.from({ length: inputs }, (_, i) => filters.map((filter) => filter[i]!))
    const vectors = outputs <= inputs ? filters : places
    for (const [i, a] of vectors.entries()) {
      for (const [j, b] of vectors.entries()) {
        const product = a.reduce((sum, x, k) => sum + x * b[k]!, 0)
        assert.closeTo(product, i === j ? gain ** 2 : 0, 1e-5)
      }
    }
  })

  it("no direction is preferred: the mean of many is zero, the deviation that of a unit vector's entry", () => {
    const { deviation, mean } = moments(sample(Initializer.orthogonal(), [100, 100]))
    assert.closeTo(mean, 0, 0.004)
    assert.closeTo(deviation, 0.1, 0.001)
  })
})

describe("dirac", () => {
  const rest = Initializer.torchDefault

  it("hands each channel on in the first filters, and draws the others", () => {
    const shape = [3, 3, 4, 7]
    const drawn = sample(rest, shape)
    const data = sample(Initializer.dirac({ rest }), shape)
    for (const [at, value] of data.entries()) {
      const [output, input, tap] = [at % 7, Math.floor(at / 7) % 4, Math.floor(at / 28)]
      assert.strictEqual(value, output >= 4 ? drawn[at] : input === output && tap === 4 ? 1 : 0)
    }
  })

  it("the centre of a window of even size is the later one, as in PyTorch", () => {
    const data = sample(Initializer.dirac({ rest }), [2, 2, 1, 1])
    assert.deepStrictEqual([...data], [0, 0, 0, 1])
  })
})

describe("an initialiser", () => {
  it.effect.each([
    Initializer.constant(2),
    Initializer.truncatedNormal(0.02),
    Initializer.orthogonal(),
    Initializer.dirac({ rest: Initializer.glorotUniform })
  ])("is data: $_tag written as JSON and read gives the same numbers", (initializer) =>
    Effect.gen(function* () {
      const Json = Schema.fromJsonString(Initializer.Initializer)
      const read = yield* Schema.decodeEffect(Json)(yield* Schema.encodeEffect(Json)(initializer))
      assert.deepStrictEqual(sample(read, [3, 3, 2, 3]), sample(initializer, [3, 3, 2, 3]))
    })
  )

  it("gives the numbers that it gave when this was written", () => {
    const first = (initializer: Initializer.Initializer) => [...sample(initializer, [3, 3])].slice(0, 2)
    assert.deepStrictEqual(
      [
        Initializer.uniform(1),
        Initializer.normal(1),
        Initializer.truncatedNormal(1, { bound: 0.5 }),
        Initializer.orthogonal()
      ].map(first),
      [
        [0.8682271242141724, 0.8618130683898926],
        [-0.8631607294082642, -0.4374549388885498],
        [-0.4374549388885498, 0.24835924804210663],
        [-0.2929331362247467, 0.20429319143295288]
      ]
    )
  })
})
