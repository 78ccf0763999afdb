import { Result, Schema } from "effect"
import { closest } from "fastest-levenshtein"
import * as MnistCnn from "./families/MnistCnn.js"
import * as ResNet from "./families/ResNet.js"
import type { Network, Task } from "./Network.js"
import { NetworkError } from "./NetworkError.js"
import { Count } from "./Shape.js"

const Shortcut = Schema.optionalKey(ResNet.Shortcut)

/** The networks that have a name. `n` is the seminar's, `blocks` are the blocks of each stage. */
export const NetworkSpec = Schema.Union([
  Schema.Struct({ name: Schema.Literal("mnist-cnn") }),
  Schema.Struct({
    name: Schema.Literal("seminar-resnet"),
    n: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description: "a whole number of at least 0" })
  }),
  Schema.Struct({ name: Schema.Literal("resnet18") }),
  Schema.Struct({ name: Schema.Literal("resnet34") }),
  Schema.Struct({
    name: Schema.Literal("resnet"),
    blocks: Schema.NonEmptyArray(Count).annotate({
      description: "a list of whole numbers of at least 1, such as [2,2,2,2]"
    }),
    shortcut: Shortcut
  })
])
export type NetworkSpec = typeof NetworkSpec.Type

/** The network of that name for these images and classes; `Network.validate` tells whether it can take them. */
export const build = (spec: NetworkSpec, task: Task): Network => {
  switch (spec.name) {
    case "mnist-cnn":
      return MnistCnn.make(task)
    case "seminar-resnet":
      return ResNet.seminar(spec.n, task)
    case "resnet18":
      return ResNet.resnet18(task)
    case "resnet34":
      return ResNet.resnet34(task)
    case "resnet":
      return ResNet.make(spec, task)
  }
}

/** How the networks are written in one word; for `5` and `2-2-2-2` (blocks of two or more stages) any numbers may stand. */
export const known: ReadonlyArray<string> = [
  "mnist-cnn",
  "seminar-resnet-5",
  "resnet18",
  "resnet34",
  "resnet-2-2-2-2",
  "resnet-2-2-2-2-projection"
]

/** Reads a network's name in one word, as in `known`. */
export const parse = (text: string): Result.Result<NetworkSpec, NetworkError> => {
  const [, n] = /^seminar-resnet-(\d{1,4})$/.exec(text) ?? []
  const [, blocks, shortcut] = /^resnet((?:-[1-9]\d{0,3}){2,})(-projection)?$/.exec(text) ?? []
  const spec =
    n !== undefined
      ? { name: "seminar-resnet", n: Number(n) }
      : blocks !== undefined
        ? {
            name: "resnet",
            blocks: blocks.slice(1).split("-").map(Number),
            ...(shortcut === undefined ? {} : { shortcut: "projection" })
          }
        : { name: text }
  return Schema.decodeUnknownResult(NetworkSpec)(spec).pipe(
    Result.mapError(() => new NetworkError({ name: text, nearest: closest(text, known), known }))
  )
}
