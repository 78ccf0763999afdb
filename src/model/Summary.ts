import { Result, Schema } from "effect"
import * as Layout from "./Layout.js"
import { inputShape, type Network, validate } from "./Network.js"
import { show, size } from "./Shape.js"
import type { ShapeError } from "./ShapeError.js"

/**
 * One layer of a summary; `output` is the shape of one sample.
 *
 * @category models
 */
export const LayerSummary = Schema.Struct({
  path: Schema.String,
  kind: Schema.String,
  output: Schema.Array(Schema.Int),
  parameters: Schema.Int,
  multiplyAdds: Schema.Int
})
/** @category models */
export type LayerSummary = typeof LayerSummary.Type

/**
 * The layers of a network, with their parameters and multiply-adds.
 *
 * `parameters` counts the trainable numbers, not the running statistics. `multiplyAdds` counts those of convolutions and linear layers for one
 * image, as the papers do.
 *
 * @category models
 */
export const Summary = Schema.Struct({
  network: Schema.String,
  input: Schema.Array(Schema.Int),
  parameters: Schema.Int,
  multiplyAdds: Schema.Int,
  layers: Schema.Array(LayerSummary)
})
/** @category models */
export type Summary = typeof Summary.Type

const total = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, n) => sum + n, 0)

/**
 * Summarizes a network whose parts fit together.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Seminar, Summary } from "effect-tensorflow/model"
 *
 * const summary = Effect.runSync(Effect.fromResult(Summary.summarize(Seminar.resnet(5))))
 *
 * summary.parameters // => 2263722
 * summary.layers[0] // => { path: "conv1", kind: "Conv", output: [32, 32, 16], parameters: 448, multiplyAdds: 442368 }
 * ```
 * @category summarizing
 */
export const summarize = (network: Network): Result.Result<Summary, ShapeError> => {
  const layers: Array<LayerSummary> = []
  const walked = Layout.outputShape(Layout.make(network), inputShape(network), ({ kind, layer, path }, output) => {
    const trainable = layer.parameters.filter(({ role }) => role === "param")
    layers.push({
      path,
      kind,
      output,
      parameters: total(trainable.map(({ shape }) => size(shape))),
      multiplyAdds: layer.multiplyAdds(output)
    })
  })
  return validate(network).pipe(
    Result.andThen(walked),
    Result.map(() => ({
      network: network.name,
      input: inputShape(network),
      parameters: total(layers.map(({ parameters }) => parameters)),
      multiplyAdds: total(layers.map(({ multiplyAdds }) => multiplyAdds)),
      layers
    }))
  )
}

const grouped = (n: number): string => n.toLocaleString("en-US")

/**
 * The summary as a table of plain text.
 *
 * @category summarizing
 */
export const render = (summary: Summary): string => {
  const header = ["layer", "kind", "output", "parameters", "multiply-adds"]
  const rows = [
    header,
    ["input", "", show(summary.input), "", ""],
    ...summary.layers.map((layer) => [
      layer.path,
      layer.kind,
      show(layer.output),
      grouped(layer.parameters),
      grouped(layer.multiplyAdds)
    ]),
    ["total", "", "", grouped(summary.parameters), grouped(summary.multiplyAdds)]
  ]
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: ReadonlyArray<string>) =>
    row
      .map((cell, i) => (i < 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd()
  return [summary.network, ...rows.map(line)].join("\n")
}
