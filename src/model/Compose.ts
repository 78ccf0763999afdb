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
 * Names a module: its parameters are found under `name.`; with the name `""`, among those of its parent.
 *
 * Unnamed modules of a chain are called by their position, as in PyTorch's `Sequential`; the shortcut of a residual is called `shortcut`,
 * and its body has no name of its own.
 */
export function named<M extends Module>(name: string, module: M): Chained<readonly [M]>
export function named(name: string, module: Module): Module {
  const spec: Named = { _tag: "Named", name, module }
  return spec
}

/** One module after the other. Each has to take the channels that the one before it gives. */
export function chain<const Ms extends ReadonlyArray<Module>>(
  ...modules: Ms extends Linked<Ms> ? Ms : Linked<Ms>
): Chained<Ms>
export function chain(...modules: ReadonlyArray<Module>): Module {
  const spec: Chain = { _tag: "Chain", modules }
  return spec
}

/**
 * The sum of what `body` and `shortcut` make of the same input; a ReLU after it is the caller's.
 *
 * The shortcut is `identity` where the body keeps size and channels, else `identityPadding` or `projection`.
 *
 * **Source** He et al. 2015, arXiv:1512.03385.
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
 * Shortcut without parameters: the mean of each `stride` x `stride` window, and zeros for the channels that are missing.
 *
 * **Shapes** `x [n, h, w, in]` -> `[n, floor(h / stride), floor(w / stride), out]`, the zeros last.
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
