import { Result } from "effect"
import * as Layout from "../Layout.js"
import { inputShape, type Network, validate } from "../Network.js"
import type { ShapeError } from "../ShapeError.js"
import type { HostTensor, Weights } from "../Tensors.js"
import { check } from "../weights/Weights.js"
import type { WeightsError } from "../weights/WeightsError.js"
import type { Metadata } from "./Export.js"
import type { ExportError } from "./ExportError.js"
import * as LayersGraph from "./LayersGraph.js"
import { walk } from "./Walk.js"

/**
 * The files of a tf.layers model: `model.json` and the weights, in the order in which they are read.
 *
 * @category models
 */
export type Files = ReadonlyArray<readonly [name: string, content: string | Uint8Array]>

/** As large as tfjs makes its own, so that browsers cache them. */
const shardBytes = 4 * 1024 * 1024

/**
 * Writes a trained network as a model of tf.layers, for `tf.loadLayersModel` of TensorFlow.js.
 *
 * **Shapes** `images [n, height, width, channels] f32` -> `logits [n, classes]`, as `Apply.apply` in `eval` mode.
 * **Errors** `ShapeError` where the network's parts do not fit, `WeightsError` where the weights are not the network's, `ExportError` where a kind of
 * layer has no form in tf.layers.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Init, LayersModel, MnistCnn } from "effect-tensorflow/model"
 *
 * const network = MnistCnn.make()
 *
 * const files = Effect.runSync(Effect.fromResult(LayersModel.make(network, Init.init(network, 1))))
 * files.map(([name]) => name) // => ["model.json", "group1-shard1of1.bin"]
 * ```
 * @category exporting
 */
export const make = (
  network: Network,
  weights: Weights<HostTensor>,
  metadata?: Metadata
): Result.Result<Files, ShapeError | ExportError | WeightsError> =>
  Result.gen(function* () {
    yield* validate(network)
    yield* check(network, weights)
    const graph = LayersGraph.make()
    const tensors = { ...weights.params, ...weights.state }
    const shape = inputShape(network)
    const images = graph.input("images", shape)
    const output = yield* walk(
      Layout.make(network),
      { name: images, shape },
      {
        format: "layers",
        leaf: ({ path }, x, write) =>
          write(x, {
            weight: (name) => tensors[Layout.join(path, name)]!,
            add: (type, inputs, options) => graph.add(path, type, inputs, options)
          }),
        add: (path, body, shortcut) => graph.add(path, "Add", [body.name, shortcut.name], { name: "sum" })
      }
    )
    const shards = shard(concatenate(graph.weights.map(([, { data }]) => data)))
    const model = {
      format: "layers-model",
      generatedBy: "effect-tensorflow",
      convertedBy: null,
      ...(metadata === undefined ? {} : { userDefinedMetadata: metadata }),
      modelTopology: {
        class_name: "Model",
        config: {
          name: network.name,
          layers: graph.nodes,
          input_layers: [[images, 0, 0]],
          output_layers: [[output.name, 0, 0]]
        },
        keras_version: "tfjs-layers 4.22.0",
        backend: "tensor_flow.js"
      },
      weightsManifest: [
        {
          paths: shards.map(([name]) => name),
          weights: graph.weights.map(([name, { shape }]) => ({ name, shape, dtype: "float32" }))
        }
      ]
    }
    return [["model.json", `${JSON.stringify(model)}\n`], ...shards]
  })

const concatenate = (parts: ReadonlyArray<Float32Array>): Uint8Array => {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return new Uint8Array(all.buffer)
}

const shard = (bytes: Uint8Array): ReadonlyArray<readonly [string, Uint8Array]> => {
  const count = Math.ceil(bytes.length / shardBytes)
  return Array.from({ length: count }, (_, i) => [
    `group1-shard${i + 1}of${count}.bin`,
    bytes.subarray(i * shardBytes, (i + 1) * shardBytes)
  ])
}
