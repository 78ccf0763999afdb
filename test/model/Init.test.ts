import { assert, describe, it } from "@effect/vitest"
import * as Seminar from "../../src/model/families/Seminar.js"
import * as Init from "../../src/model/Init.js"

const network = Seminar.resnet(0)
const { params, state } = Init.init(network, 7)

const moments = (data: Float32Array) => {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length
  return { mean, deviation: Math.sqrt(variance) }
}

describe("init", () => {
  it("gives the same weights for the same seed, others for another", () => {
    assert.deepStrictEqual(Init.init(network, 7), { params, state })
    assert.notDeepEqual(Init.init(network, 8).params["conv1.weight"], params["conv1.weight"])
  })

  it("gives each parameter its own numbers, whatever else the network has", () => {
    assert.notDeepEqual(
      params["layer1.0.conv1.weight"]!.data.slice(0, 8),
      params["layer1.0.conv2.weight"]!.data.slice(0, 8)
    )
    assert.deepStrictEqual(
      Init.init(Seminar.resnet(1), 7).params["layer4.0.conv2.weight"],
      params["layer4.0.conv2.weight"]
    )
  })

  it("draws convolutions from a normal distribution of variance 2 / fan-out", () => {
    const { data, shape } = params["layer4.0.conv2.weight"]!
    assert.deepStrictEqual(shape, [3, 3, 128, 128])
    const expected = Math.sqrt(2 / (9 * 128))
    const { deviation, mean } = moments(data)
    // Four standard errors of 147,456 samples.
    assert.closeTo(mean, 0, (4 * expected) / Math.sqrt(data.length))
    assert.closeTo(deviation, expected, (4 * expected) / Math.sqrt(2 * data.length))
    const within = data.filter((x) => Math.abs(x) < expected).length / data.length
    assert.closeTo(within, 0.6827, 0.005)
  })

  it("draws linear layers evenly between -1 / sqrt(in) and 1 / sqrt(in)", () => {
    const { data } = params["linear.weight"]!
    const bound = 1 / Math.sqrt(128)
    assert.isTrue(data.every((x) => Math.abs(x) <= bound))
    assert.closeTo(moments(data).deviation, bound / Math.sqrt(3), bound / 20)
  })

  it("starts batch norm and biases of convolutions where they change nothing", () => {
    const all = (tensor: { readonly data: Float32Array } | undefined, value: number) =>
      assert.isTrue(tensor?.data.every((x) => x === value))
    all(params["norm1.weight"], 1)
    all(params["norm1.bias"], 0)
    all(params["conv1.bias"], 0)
    all(state["norm1.running_mean"], 0)
    all(state["norm1.running_var"], 1)
  })
})
