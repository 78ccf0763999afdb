import { Result, Schema, SchemaTransformation } from "effect"
import { chain, moduleSchema, named } from "./Compose.js"
import * as Kinds from "./Kinds.js"
import type { Parameter } from "./Layer.js"
import * as Layout from "./Layout.js"
import type { Linear } from "./layers/Linear.js"
import type { Module } from "./Module.js"
import { type PathError, unknownPath } from "./PathError.js"
import { Count, type Shape, show, size } from "./Shape.js"
import { ShapeError } from "./ShapeError.js"

/**
 * A network for images of one size: plain data that `codec` writes as JSON and reads back.
 *
 * `kinds` are those of its layers where some are custom; they are functions, and stay out of the JSON.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Layers, Network } from "effect-tensorflow/model"
 *
 * const { batchNorm, chain, conv, globalAvgPool, linear, named, relu } = Layers
 *
 * const network: Network.Network = {
 *   name: "tiny",
 *   input: { height: 28, width: 28, channels: 1 },
 *   classes: 10,
 *   body: chain(
 *     named("conv", conv(1, 8, { bias: false })),
 *     named("norm", batchNorm(8)),
 *     relu,
 *     globalAvgPool,
 *     named("head", linear(8, 10))
 *   )
 * }
 *
 * Effect.runSync(Effect.fromResult(Network.validate(network))) // => [10]
 * Network.parameters(network).map(({ path }) => path).slice(0, 3) // => ["conv.weight", "norm.weight", "norm.bias"]
 * ```
 * @category models
 */
export interface Network {
  readonly name: string
  readonly input: { readonly height: number; readonly width: number; readonly channels: number }
  readonly classes: number
  readonly body: Module
  readonly kinds?: Kinds.Kinds
}

/**
 * A network as JSON holds it.
 *
 * @category models
 */
export type Encoded = Omit<Network, "kinds">

const isKinds = (value: unknown): value is Kinds.Kinds => value instanceof Map

/**
 * The schema of networks whose layers are of these kinds, by default the built-in ones.
 *
 * @category schemas
 */
export const codec = (kinds: Kinds.Kinds = Kinds.builtIn): Schema.Codec<Network, Encoded> => {
  const fields = {
    name: Schema.String,
    input: Schema.Struct({ height: Count, width: Count, channels: Count }),
    classes: Count,
    body: moduleSchema(kinds)
  }
  return Schema.Struct(fields).pipe(
    Schema.decodeTo(
      Schema.Struct({ ...fields, kinds: Schema.optionalKey(Schema.declare(isKinds)) }),
      SchemaTransformation.transform({
        decode: (encoded): Network => (kinds === Kinds.builtIn ? encoded : { ...encoded, kinds }),
        encode: ({ kinds: _, ...encoded }: Network): Encoded => encoded
      })
    )
  )
}

/**
 * What a network is for: the size of its images, and the number of classes.
 *
 * @category models
 */
export type Task = Pick<Network, "input" | "classes">

/**
 * `[height, width, channels]` of the images that it takes.
 *
 * @category shapes
 */
export const inputShape = (network: Network): Shape => [
  network.input.height,
  network.input.width,
  network.input.channels
]

/**
 * A parameter with its path in the network, and the kind of layer that it belongs to: `BatchNorm`, `Linear`.
 *
 * @category models
 */
export interface Located extends Parameter {
  readonly path: string
  readonly kind: string
}

/**
 * All parameters in the order of the computation: the trainable ones and the layers' state.
 *
 * @category parameters
 */
export const parameters = (network: Network): ReadonlyArray<Located> => parametersOf(Layout.make(network))

/**
 * Those of a part of a network.
 *
 * @category parameters
 */
export const parametersOf = (layout: Layout.Layout): ReadonlyArray<Located> =>
  Layout.leaves(layout).flatMap(({ kind, layer, path }) =>
    layer.parameters.map((parameter) => ({ ...parameter, kind, path: Layout.join(path, parameter.name) }))
  )

/**
 * Whether a parameter belongs to one of the parts at `paths`, which the network may or may not have.
 *
 * @category parameters
 */
export const isWithin = (parameter: string, paths: ReadonlyArray<string>): boolean =>
  paths.some((path) => parameter === path || parameter.startsWith(`${path}.`))

/**
 * Whether a parameter belongs to one of the parts at `paths`: of `layer1`, every parameter whose path begins with `layer1.`
 *
 * **Errors** `PathError` when the network has no part, and no parameter, at one of these paths.
 *
 * @category parameters
 */
export const within = (
  network: Network,
  paths: ReadonlyArray<string>
): Result.Result<(parameter: string) => boolean, PathError> => {
  const known = [...Layout.paths(Layout.make(network)), ...parameters(network).map(({ path }) => path)]
  const unknown = paths.find((path) => !known.includes(path))
  return unknown === undefined
    ? Result.succeed((parameter) => isWithin(parameter, paths))
    : Result.fail(unknownPath(network.name, unknown, known))
}

/**
 * The shape of its output, if all its parts fit together, and no two parameters have the same name.
 *
 * **Errors** `ShapeError` for the first part that does not fit.
 *
 * @category checks
 */
export const validate = (network: Network): Result.Result<Shape, ShapeError> =>
  Result.gen(function* () {
    const layout = Layout.make(network)
    const output = yield* Layout.outputShape(layout, inputShape(network))
    if (output.length !== 1 || output[0] !== network.classes) {
      return yield* Result.fail(
        new ShapeError({
          path: "network",
          expected: `one number for each of ${network.classes} classes, [${network.classes}]`,
          actual: show(output),
          fix: `end the network with a linear layer that gives ${network.classes} features`
        })
      )
    }
    const paths = new Set<string>()
    for (const { name, path } of parameters(network)) {
      if (paths.has(path)) {
        return yield* Result.fail(
          new ShapeError({
            path: path.slice(0, -name.length - 1),
            expected: "a different name for each parameter",
            actual: `two called ${path}`,
            fix: "give their modules different names with `named`"
          })
        )
      }
      paths.add(path)
    }
    return output
  })

/**
 * Whether every batch norm sees at least two values of each channel in a batch of `images`: of one value, the deviation is zero and the result is its
 * bias. Layers all of whose parameters are `frozen` use running statistics.
 *
 * **Errors** `ShapeError` for the first that does not.
 *
 * @category checks
 */
export const checkBatch = (
  network: Network,
  { frozen = () => false, images }: { readonly images: number; readonly frozen?: (parameter: string) => boolean }
): Result.Result<void, ShapeError> =>
  Result.gen(function* () {
    const single: Array<string> = []
    yield* Layout.outputShape(Layout.make(network), inputShape(network), ({ layer, path }, output) => {
      const trainable = layer.parameters.filter(({ role }) => role === "param")
      const isFrozen = trainable.length > 0 && trainable.every(({ name }) => frozen(Layout.join(path, name)))
      if (layer.batchStatistics && !isFrozen && images * size(output.slice(0, -1)) < 2) single.push(path)
    })
    const [path] = single
    if (path !== undefined) {
      return yield* Result.fail(
        new ShapeError({
          path,
          expected: "at least 2 values of each channel in a batch, to normalize by their mean and variance",
          actual: `1: ${images} image of 1x1 pixels`,
          fix: "train with larger batches, drop a last batch of one image, or use groupNorm or layerNorm there"
        })
      )
    }
  })

/**
 * Whether the data has the images and no more than the classes that the network was made for.
 *
 * @category checks
 */
export const checkData = (
  network: Network,
  data: { readonly shape: Network["input"]; readonly classes: number }
): Result.Result<void, ShapeError> => {
  const shape: Shape = [data.shape.height, data.shape.width, data.shape.channels]
  if (show(shape) !== show(inputShape(network))) {
    return Result.fail(
      new ShapeError({
        path: network.name,
        expected: `images of ${show(inputShape(network))}, for which this network was made`,
        actual: show(shape),
        fix: "build the network for the images of the dataset"
      })
    )
  }
  return data.classes <= network.classes
    ? Result.void
    : Result.fail(
        new ShapeError({
          path: network.name,
          expected: `at most ${network.classes} classes, for which this network's head was made`,
          actual: `${data.classes} classes in the data`,
          fix: `build the network with classes: ${data.classes}, or give it a head for them with Network.withClasses`
        })
      )
}

/**
 * The network for other classes: the last layer with parameters, which must be linear, is replaced by one for `classes` features. Every path and the
 * shape of every other parameter stay the same, so that the other weights still fit.
 *
 * **Errors** `ShapeError` when the network ends in something else, or does not fit together.
 *
 * @category transforming
 */
export const withClasses = (network: Network, classes: number): Result.Result<Network, ShapeError> =>
  Result.gen(function* () {
    const body = withOutputs(network, classes)
    const last = parameters(network).at(-1)
    if (body === undefined) {
      return yield* Result.fail(
        new ShapeError({
          path: network.name,
          expected: "a linear layer as the last one with parameters, to be replaced for other classes",
          actual: last === undefined ? "no layer with parameters" : `${last.kind} with ${last.path}`,
          fix: `build the network for ${classes} classes, and load the weights of the parts that they share`
        })
      )
    }
    const replaced = { ...network, classes, body }
    yield* validate(replaced)
    return replaced
  })

const isLinear = (module: Module): module is Linear => module._tag === "Linear"

/** The body for other classes, if its last layer with parameters is linear. */
const withOutputs = (network: Network, classes: number): Module | undefined => {
  const { body } = network
  if (Layout.isNamed(body)) {
    const inner = withOutputs({ ...network, body: body.module }, classes)
    return inner && named(body.name, inner)
  }
  if (Layout.isChain(body)) {
    const index = body.modules.findLastIndex((part) => parameters({ ...network, body: part }).length > 0)
    const last = body.modules[index]
    const changed = last && withOutputs({ ...network, body: last }, classes)
    return changed && chain(...body.modules.with(index, changed))
  }
  if (!isLinear(body)) return undefined
  const head: Linear = { ...body, out: classes }
  return head
}
