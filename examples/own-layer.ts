/** A custom kind of layer with a parameter: the layer scale of ConvNeXt (Touvron et al. 2021, arXiv:2103.17239). */
import { NodeRuntime } from "@effect/platform-node"
import * as tf from "@tensorflow/tfjs-core"
import { Console, Effect, Result, Schema } from "effect"
import { Init, Initializer, Kinds, Layer, Layers, type Module, Network, Shape, Summary } from "../src/index.js"

const Gamma = Schema.TaggedStruct("Gamma", { channels: Shape.Count })

const gamma = <const C extends number>(channels: C): Module.Module<C, C> => Gamma.make({ channels })

const kinds = Kinds.make([
  Layer.kind("Gamma", Gamma, ({ channels }) => ({
    parameters: [{ name: "weight", shape: [channels], role: "param", init: Initializer.constant(1e-6) }],
    outputShape: (input) => Shape.imageOf(input, channels).pipe(Result.map(() => input)),
    multiplyAdds: () => 0,
    apply: (x, { weight }) => [tf.mul(x, weight!), Layer.unchanged]
  }))
])

const { chain, conv, gelu, globalAvgPool, identity, linear, named, residual } = Layers

const network: Network.Network = {
  name: "scaled",
  kinds,
  input: { height: 8, width: 8, channels: 3 },
  classes: 10,
  body: chain(
    named("stem", conv(3, 16)),
    named("block", residual({ body: chain(conv(16, 16), gelu, gamma(16)), shortcut: identity })),
    globalAvgPool,
    named("head", linear(16, 10))
  )
}

// @ts-expect-error: its channels are checked like those of any layer
chain(conv(3, 16), gamma(32))

Effect.gen(function* () {
  const Json = Schema.fromJsonString(Network.codec(kinds))
  const read = yield* Schema.decodeEffect(Json)(yield* Schema.encodeEffect(Json)(network))
  yield* Console.log(Summary.render(yield* Effect.fromResult(Summary.summarize(read))))
  yield* Console.log(
    `block.2.weight starts at ${Init.init(read, 1).params["block.2.weight"]?.data[0]?.toExponential(0)}`
  )
}).pipe(NodeRuntime.runMain)
