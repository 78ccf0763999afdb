import { Result, Schema } from "effect"
import { closest } from "fastest-levenshtein"
import { Shortcut } from "./blocks/Shortcut.js"
import * as CifarResNet from "./families/CifarResNet.js"
import * as MnistCnn from "./families/MnistCnn.js"
import * as Seminar from "./families/Seminar.js"
import type { Network, Task } from "./Network.js"
import { NetworkError } from "./NetworkError.js"
import { Count } from "./Shape.js"

/** 6n + 2 layers, of n blocks in each of three stages. */
const CifarDepth = Schema.Int.check(Schema.makeFilter((depth) => depth >= 8 && depth % 6 === 2)).annotate({
  description: "a depth of 6n + 2, such as 20, 32, 44, 56 or 110"
})

/** The networks that have a name. `n` is the seminar's, `blocks` are the blocks of each stage. */
export const NetworkSpec = Schema.Union([
  Schema.Struct({ name: Schema.Literal("mnist-cnn") }),
  Schema.Struct({
    name: Schema.Literal("seminar-resnet"),
    n: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description: "a whole number of at least 0" })
  }),
  Schema.Struct({ name: Schema.Literals(["seminar-resnet18", "seminar-resnet34"]) }),
  Schema.Struct({
    name: Schema.Literal("resnet"),
    blocks: Schema.NonEmptyArray(Count).annotate({
      description: "a list of whole numbers of at least 1, such as [2,2,2,2]"
    }),
    shortcut: Schema.optionalKey(Shortcut)
  }),
  Schema.Struct({
    name: Schema.Literal("cifar-resnet"),
    depth: CifarDepth,
    shortcut: Schema.optionalKey(Shortcut)
  })
])
export type NetworkSpec = typeof NetworkSpec.Type

/** The network of that name for these images and classes; `Network.validate` tells whether it can take them. */
export const build = (spec: NetworkSpec, task: Task): Network => {
  switch (spec.name) {
    case "mnist-cnn":
      return MnistCnn.make(task)
    case "seminar-resnet":
      return Seminar.resnet(spec.n, task)
    case "seminar-resnet18":
      return Seminar.resnet18(task)
    case "seminar-resnet34":
      return Seminar.resnet34(task)
    case "resnet":
      return Seminar.make(spec, task)
    case "cifar-resnet":
      return CifarResNet.make({ ...spec, blocks: (spec.depth - 2) / 6 }, task)
  }
}

/** How the networks are written in one word; other numbers may stand for `5`, `20` and `2-2-2-2` (blocks of two or more stages). */
export const known: ReadonlyArray<string> = [
  "mnist-cnn",
  "seminar-resnet-5",
  "seminar-resnet18",
  "seminar-resnet34",
  "resnet-2-2-2-2",
  "resnet-2-2-2-2-projection",
  "cifar-resnet20",
  "cifar-resnet20-projection"
]

/** A way to write a network in one word: what it looks like, and the spec that its groups make. */
type Form = readonly [pattern: RegExp, spec: (...groups: ReadonlyArray<string | undefined>) => unknown]

const numbers = (text = ""): ReadonlyArray<number> => text.split("-").map(Number)

const withShortcut = (shortcut: string | undefined) => (shortcut === undefined ? {} : { shortcut })

const forms: ReadonlyArray<Form> = [
  [/^seminar-resnet-(\d{1,4})$/, (n) => ({ name: "seminar-resnet", n: Number(n) })],
  [
    /^resnet-([1-9]\d{0,3}(?:-[1-9]\d{0,3})+)(?:-([a-z-]+))?$/,
    (blocks, shortcut) => ({ name: "resnet", blocks: numbers(blocks), ...withShortcut(shortcut) })
  ],
  [
    /^cifar-resnet(\d{1,4})(?:-([a-z-]+))?$/,
    (depth, shortcut) => ({ name: "cifar-resnet", depth: Number(depth), ...withShortcut(shortcut) })
  ],
  [/^(.*)$/s, (name) => ({ name })]
]

/** Reads a network's name in one word, as in `known`. */
export const parse = (text: string): Result.Result<NetworkSpec, NetworkError> => {
  const [pattern, spec] = forms.find(([pattern]) => pattern.test(text))!
  return Schema.decodeUnknownResult(NetworkSpec)(spec(...pattern.exec(text)!.slice(1))).pipe(
    Result.mapError(() => new NetworkError({ name: text, nearest: closest(text, known), known }))
  )
}
