import { Result, Schema } from "effect"
import { closest } from "fastest-levenshtein"
import { Shortcut } from "./blocks/ShortcutKind.js"
import { Stem } from "./families/Stem.js"
import { NetworkError } from "./NetworkError.js"
import { known } from "./NetworkNames.js"
import { Count } from "./Shape.js"

const count = Count.annotate({ description: "a whole number of at least 1" })

const counts = (example: string) =>
  Schema.NonEmptyArray(Count).annotate({ description: `a list of whole numbers of at least 1, such as ${example}` })

const rate = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true })).annotate({
  description: "a number of at least 0 and less than 1"
})

const shortcut = Schema.optionalKey(Shortcut)

/** A variant with a fixed name. */
const named = <const Name extends string>(name: Name) => Schema.Struct({ name: Schema.Literal(name) })

const resnet = <const Name extends string>(name: Name) =>
  Schema.Struct({ name: Schema.Literal(name), stem: Schema.optionalKey(Stem), shortcut })

export { known } from "./NetworkNames.js"

/**
 * A network by its name. `n` is the seminar's, `blocks` are the blocks of each stage.
 *
 * @category models
 */
export const NetworkSpec = Schema.Union([
  named("mnist-cnn"),
  Schema.Struct({ name: Schema.Literal("mlp"), hidden: counts("[128,64]") }),
  Schema.Struct({
    name: Schema.Literal("seminar-resnet"),
    n: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description: "a whole number of at least 0" })
  }),
  named("seminar-resnet18"),
  named("seminar-resnet34"),
  Schema.Struct({ name: Schema.Literal("resnet"), blocks: counts("[2,2,2,2]"), shortcut }),
  Schema.Struct({ name: Schema.Literal("cifar-resnet"), blocks: count, shortcut }),
  Schema.Struct({
    name: Schema.Literal("cifar-preresnet"),
    blocks: count,
    block: Schema.optionalKey(Schema.Literals(["basic", "bottleneck"])),
    shortcut
  }),
  Schema.Struct({
    name: Schema.Literal("wrn"),
    blocks: count,
    width: count,
    dropout: Schema.optionalKey(rate)
  }),
  resnet("resnet18"),
  resnet("resnet34"),
  resnet("resnet50"),
  resnet("resnet101"),
  resnet("resnet152"),
  resnet("wide_resnet50_2"),
  resnet("wide_resnet101_2"),
  named("airbench93"),
  named("airbench94"),
  named("airbench95"),
  named("airbench96"),
  Schema.Struct({
    name: Schema.Literal("airbench"),
    widths: Schema.Tuple([Count, Count, Count]).annotate({
      description: "a list of three whole numbers of at least 1, such as [64,256,256]"
    })
  })
])
/** @category models */
export type NetworkSpec = typeof NetworkSpec.Type

const numbers = (text = ""): ReadonlyArray<number> => text.slice(1).split("-").map(Number)

/** The form of the names without a shortcut, and the spec that their parts make; the depths are those of the papers. */
const forms: ReadonlyArray<readonly [pattern: RegExp, spec: (...parts: ReadonlyArray<string | undefined>) => object]> =
  [
    [/^mlp((?:-\d{1,6})+)$/, (hidden) => ({ name: "mlp", hidden: numbers(hidden) })],
    [/^seminar-resnet-(\d{1,4})$/, (n) => ({ name: "seminar-resnet", n: Number(n) })],
    [/^resnet((?:-\d{1,4}){2,})$/, (blocks) => ({ name: "resnet", blocks: numbers(blocks) })],
    [/^(cifar-(?:pre)?resnet)(\d{1,4})$/, (name, depth) => ({ name, blocks: (Number(depth) - 2) / 6 })],
    [
      /^(cifar-preresnet)(\d{1,4})-(bottleneck)$/,
      (name, depth, block) => ({ name, blocks: (Number(depth) - 2) / 9, block })
    ],
    [
      /^wrn-(\d{1,4})-(\d{1,4})$/,
      (depth, width) => ({ name: "wrn", blocks: (Number(depth) - 4) / 6, width: Number(width) })
    ],
    [/^airbench((?:-\d{1,5}){3})$/, (widths) => ({ name: "airbench", widths: numbers(widths) })],
    [/^((?:wide_)?resnet[\d_]+)-([a-z]+)$/, (name, stem) => ({ name, stem })],
    [/^(.*)$/s, (name) => ({ name })]
  ]

const ending = new RegExp(`^(.*?)(?:-(${Shortcut.literals.join("|")}))?$`, "s")

const specOf = (text: string): unknown => {
  const [, word = "", shortcut] = ending.exec(text) ?? []
  for (const [pattern, spec] of forms) {
    const match = pattern.exec(word)
    if (match !== null) return { ...spec(...match.slice(1)), ...(shortcut === undefined ? {} : { shortcut }) }
  }
  return undefined
}

/**
 * Parses a network's name, such as those in `known`.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { Networks, Summary } from "effect-tensorflow/model"
 *
 * const task = { input: { height: 32, width: 32, channels: 3 }, classes: 10 }
 *
 * const parameters = Effect.gen(function* () {
 *   const spec = yield* Effect.fromResult(Networks.parse("cifar-resnet20"))
 *   const { parameters } = yield* Effect.fromResult(Summary.summarize(Networks.build(spec, task)))
 *   return parameters
 * })
 * Effect.runSync(parameters) // => 269722
 *
 * Result.isFailure(Networks.parse("resnet-18")) // => true
 * ```
 * @category parsing
 */
export const parse = (text: string): Result.Result<NetworkSpec, NetworkError> =>
  Schema.decodeUnknownResult(NetworkSpec, { onExcessProperty: "error" })(specOf(text)).pipe(
    Result.mapError(() => new NetworkError({ name: text, nearest: closest(text, known), known }))
  )
