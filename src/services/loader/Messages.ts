import type { Batch, BatchOptions } from "../../data/Batches.js"
import type { Images } from "../../data/Images.js"

/** What the batches of a set depend on, besides the epoch. */
export type SetOptions = Omit<BatchOptions, "epoch" | "from">

/** What a worker is sent: a set to make batches of, known by a number; one to forget; or the batch that is wanted. */
export type Request =
  | { readonly _tag: "Open"; readonly set: number; readonly images: Images; readonly options: SetOptions }
  | { readonly _tag: "Close"; readonly set: number }
  | {
      readonly _tag: "Make"
      readonly request: number
      readonly set: number
      readonly epoch: number
      readonly index: number
    }

/** What a worker answers: the batch, the parts of the `DatasetError` that it failed with, or the text of a defect. */
export type Answer = { readonly request: number } & (
  | { readonly _tag: "Made"; readonly batch: Batch }
  | {
      readonly _tag: "Failed"
      readonly op: "option" | "name" | "decode" | "verify" | "read" | "write" | "fetch"
      readonly reason: string
      readonly fix: string
    }
  | { readonly _tag: "Defect"; readonly text: string }
)
