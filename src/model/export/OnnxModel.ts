import { Result } from "effect"
import protobuf from "protobufjs"
import * as Layout from "../Layout.js"
import { inputShape, type Network, validate } from "../Network.js"
import type { ShapeError } from "../ShapeError.js"
import type { HostTensor, Weights } from "../Tensors.js"
import type { StoredTensor } from "../weights/StoredTensor.js"
import { toTorch } from "../weights/Weights.js"
import type { WeightsError } from "../weights/WeightsError.js"
import type { Metadata } from "./Export.js"
import type { ExportError } from "./ExportError.js"
import * as OnnxGraph from "./OnnxGraph.js"
import { schema } from "./onnx/Schema.js"
import { walk } from "./Walk.js"

const opset = 17
/** The version of the file format that came with the opset. */
const irVersion = 8

/** The format's message and its numbers for types; parsed when a model is written, as most programs write none. */
const readFormat = () => {
  const { root } = protobuf.parse(schema, { keepCase: true })
  return {
    ModelProto: root.lookupType("onnx.ModelProto"),
    attributeTypes: root.lookupEnum("onnx.AttributeProto.AttributeType").values,
    dataTypes: root.lookupEnum("onnx.TensorProto.DataType").values
  }
}
type Format = ReturnType<typeof readFormat>

/**
 * Writes a trained network as the bytes of an ONNX model (opset 17).
 *
 * **Shapes** `images [batch, channels, height, width] f32` -> `logits [batch, classes]`, any batch; the numbers of `Apply.apply` in `eval` mode.
 * **Errors** `ShapeError` where the network's parts do not fit, `WeightsError` where the weights are not the network's, `ExportError` where a kind of
 * layer has no form in ONNX.
 * **Source** https://github.com/onnx/onnx/blob/main/docs/IR.md
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Init, MnistCnn, OnnxModel } from "effect-tensorflow/model"
 *
 * const network = MnistCnn.make()
 *
 * const model = Effect.runSync(Effect.fromResult(OnnxModel.make(network, Init.init(network, 1))))
 * model instanceof Uint8Array // => true
 * ```
 * @category exporting
 */
export const make = (
  network: Network,
  weights: Weights<HostTensor>,
  metadata?: Metadata
): Result.Result<Uint8Array, ShapeError | ExportError | WeightsError> =>
  Result.gen(function* () {
    yield* validate(network)
    const graph = OnnxGraph.make()
    const tensors = yield* toTorch(network, weights)
    const shape = inputShape(network)
    const scope = (path: string) =>
      graph.scope(path, (name) => {
        const full = Layout.join(path, name)
        return [full, tensors[full]!]
      })
    const output = yield* walk(
      Layout.make(network),
      { name: "images", shape },
      {
        format: "onnx",
        leaf: ({ path }, x, write) => write(x, scope(path)),
        add: (path, body, shortcut) => scope(path).add("Add", [body.name, shortcut.name])
      }
    )
    const { channels, height, width } = network.input
    const format = readFormat()
    const model = {
      ir_version: irVersion,
      producer_name: "effect-tensorflow",
      opset_import: [{ domain: "", version: opset }],
      graph: {
        name: network.name,
        node: [
          ...graph.nodes,
          { name: "logits", type: "Identity", inputs: [output.name], output: "logits", attributes: {} }
        ].map(nodeProto(format)),
        initializer: Array.from(graph.initializers, tensorProto(format)),
        input: [valueInfo(format, "images", [channels, height, width])],
        output: [valueInfo(format, "logits", output.shape)]
      },
      metadata_props: Object.entries(metadata ?? {}).map(([key, value]) => ({ key, value: JSON.stringify(value) }))
    }
    return format.ModelProto.encode(model).finish()
  })

const nodeProto =
  (format: Format) =>
  ({ attributes, inputs, name, output, type }: OnnxGraph.Node) => ({
    name,
    op_type: type,
    input: inputs,
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeProto(format, value) }))
  })

const attributeProto = ({ attributeTypes }: Format, value: OnnxGraph.Attribute) =>
  typeof value === "number"
    ? { type: attributeTypes.INT, i: value }
    : typeof value === "string"
      ? { type: attributeTypes.STRING, s: new TextEncoder().encode(value) }
      : "float" in value
        ? { type: attributeTypes.FLOAT, f: value.float }
        : { type: attributeTypes.INTS, ints: value }

const tensorProto =
  ({ dataTypes }: Format) =>
  ([name, { data, dtype, shape }]: readonly [string, StoredTensor]) => ({
    name,
    dims: shape,
    data_type: dtype === "I64" ? dataTypes.INT64 : dataTypes.FLOAT,
    raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  })

const valueInfo = ({ dataTypes }: Format, name: string, shape: ReadonlyArray<number>) => ({
  name,
  type: {
    tensor_type: {
      elem_type: dataTypes.FLOAT,
      shape: { dim: [{ dim_param: "batch" }, ...shape.map((length) => ({ dim_value: length }))] }
    }
  }
})
