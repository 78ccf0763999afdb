import { Result, Schema } from "effect"
import * as Kinds from "./Kinds.js"
import { avgPool } from "./layers/AvgPool.js"
import { batchNorm } from "./layers/BatchNorm.js"
import { conv } from "./layers/Conv.js"
import { identityPadding } from "./layers/IdentityPadding.js"
import type { Bridging, Chained, Linked, Module } from "./Module.js"

/**
 * A module with a name.
 *
 * @category models
 */
export interface Named extends Module {
  readonly _tag: "Named"
  readonly name: string
  readonly module: Module
}

/**
 * Modules one after the other.
 *
 * @category models
 */
export interface Chain extends Module {
  readonly _tag: "Chain"
  readonly modules: ReadonlyArray<Module>
}

/**
 * The sum of two modules on the same input.
 *
 * @category models
 */
export interface Residual extends Module {
  readonly _tag: "Residual"
  readonly body: Module
  readonly shortcut: Module
}

/**
 * The schema of modules whose layers are of these kinds.
 *
 * @category schemas
 */
export const moduleSchema = (kinds: Kinds.Kinds): Schema.Codec<Module> => {
  const layer: Schema.Codec<Module> = Schema.StructWithRest(Schema.Struct({ _tag: Schema.String }), [
    Schema.Record(Schema.String, Schema.Unknown)
  ]).check(
    Schema.makeFilter((module: Module) =>
      Result.match(Kinds.find(kinds, module), {
        onSuccess: () => true,
        onFailure: ({ actual, expected }) => `Expected ${expected}, got ${actual}`
      })
    )
  )
  const part: Schema.Codec<Module> = Schema.suspend(() => module)
  const module: Schema.Codec<Module> = Schema.Union([
    Schema.TaggedStruct("Named", { name: Schema.String, module: part }),
    Schema.TaggedStruct("Chain", { modules: Schema.Array(part) }),
    Schema.TaggedStruct("Residual", { body: part, shortcut: part }),
    layer
  ])
  return module
}

/**
 * Names a module: the paths of its parameters begin with `name.`; with the name `""`, with the path of its parent.
 *
 * Unnamed modules of a chain are numbered, as in PyTorch's `Sequential`; the shortcut of a residual is called `shortcut`, and its body adds nothing to
 * the path.
 *
 * @category composing
 */
export function named<M extends Module>(name: string, module: M): Chained<readonly [M]>
export function named(name: string, module: Module): Module {
  const spec: Named = { _tag: "Named", name, module }
  return spec
}

/**
 * One module after the other; each must take the channels that the one before it gives.
 *
 * @example
 * ```ts
 * import { Layers, type Module } from "effect-tensorflow/model"
 *
 * const { batchNorm, chain, conv, relu } = Layers
 *
 * // A block may be generic in its channels.
 * const block = <C extends number>(channels: C): Module.Module<C, C> =>
 *   chain(conv(channels, channels), batchNorm(channels), relu)
 *
 * chain(conv(3, 16), block(16))._tag // => "Chain"
 * // @ts-expect-error: the block takes 32 channels where 16 come
 * chain(conv(3, 16), block(32))
 * ```
 * @category composing
 */
export function chain<const Ms extends ReadonlyArray<Module>>(
  ...modules: Ms extends Linked<Ms> ? Ms : Linked<Ms>
): Chained<Ms>
export function chain(...modules: ReadonlyArray<Module>): Module {
  const spec: Chain = { _tag: "Chain", modules }
  return spec
}

/**
 * The sum of `body` and `shortcut` on the same input, without a ReLU after it.
 *
 * The shortcut is `identity` where the body keeps size and channels, else `identityPadding` or `projection`.
 *
 * **Source** He et al. 2015, arXiv:1512.03385.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Layers, Network } from "effect-tensorflow/model"
 *
 * const { chain, conv, globalAvgPool, identityPadding, linear, relu, residual } = Layers
 *
 * const block = chain(
 *   residual({
 *     body: chain(conv(16, 32, { stride: 2 }), relu, conv(32, 32)),
 *     shortcut: identityPadding(16, 32, { stride: 2 })
 *   }),
 *   relu
 * )
 * const network = {
 *   name: "one block",
 *   input: { height: 32, width: 32, channels: 3 },
 *   classes: 10,
 *   body: chain(conv(3, 16), block, globalAvgPool, linear(32, 10))
 * }
 *
 * Effect.runSync(Effect.fromResult(Network.validate(network))) // => [10]
 * ```
 * @category composing
 */
export function residual<B extends Module, S extends Module>(options: {
  readonly body: B
  readonly shortcut: S extends Bridging<S, B> ? S : Bridging<S, B>
}): Chained<readonly [B]>
export function residual(options: { readonly body: Module; readonly shortcut: Module }): Module {
  const spec: Residual = { _tag: "Residual", ...options }
  return spec
}

/**
 * Shortcut with parameters: a 1x1 convolution without bias, then batch norm.
 *
 * **Source** He et al. 2015, arXiv:1512.03385, sec. 4.2, options B and C.
 *
 * @category shortcuts
 */
export function projection<const I extends number, const O extends number>(
  input: I,
  output: O,
  options?: { readonly stride?: number }
): Module<I, O>
export function projection(input: number, output: number, options?: { readonly stride?: number }): Module {
  return chain(conv(input, output, { ...options, kernel: 1, bias: false }), batchNorm(output))
}

/**
 * Shortcut without parameters: the mean of each `stride` x `stride` window, and zeros for the new channels.
 *
 * **Shapes** `x [n, h, w, in]` -> `[n, floor(h / stride), floor(w / stride), out]`, the zeros last.
 *
 * @category shortcuts
 */
export function avgPoolPadding<const I extends number, const O extends number>(
  input: I,
  output: O,
  options?: { readonly stride?: number }
): Module<I, O>
export function avgPoolPadding(input: number, output: number, options: { readonly stride?: number } = {}): Module {
  const { stride = 1 } = options
  const padding = identityPadding(input, output)
  return stride === 1 ? padding : chain(avgPool(stride), padding)
}
