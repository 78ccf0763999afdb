import type { Value } from "./GraphValue.js"
import type { Scope as LayersScope } from "./LayersGraph.js"
import type { Scope as OnnxScope } from "./OnnxGraph.js"

/**
 * How a layer in `eval` mode is written in other formats: each function adds nodes to a graph and returns the name of the last one's output.
 *
 * Exporting to a format that is left out is an `ExportError`.
 *
 * @category models
 */
export interface Export {
  /** As layers of tf.layers; images are NHWC, and the weights are those of `apply`. */
  readonly layers?: (x: Value, graph: LayersScope) => string
  /** As ONNX operators; images are NCHW, and the weights are those of PyTorch. */
  readonly onnx?: (x: Value, graph: OnnxScope) => string
}

/**
 * What a program needs to use a trained network, other than the network and its weights.
 *
 * @category models
 */
export interface Metadata {
  readonly classNames: ReadonlyArray<string>
  /** Of each channel of the training pixels, where 1 is white: the network takes `(pixel - mean) / deviation`. */
  readonly mean: ReadonlyArray<number>
  readonly deviation: ReadonlyArray<number>
}
