import { Effect, Schema } from "effect"
import { DatasetError } from "./DatasetError.js"
import * as ImageFile from "./ImageFile.js"

/**
 * What is needed of the data to use a trained network without them.
 *
 * @category models
 */
export const Preprocessing = Schema.Struct({
  dataset: Schema.String,
  /** What the outputs say; `classes` where it is left out. */
  task: Schema.optionalKey(Schema.Literals(["classes", "multiple", "values"])),
  /** A name for each output. */
  classNames: Schema.Array(Schema.String),
  height: Schema.Int,
  width: Schema.Int,
  channels: Schema.Int,
  /** Of the training pixels scaled to 0..1, channel by channel: the network takes `(pixel - mean) / deviation`. */
  mean: Schema.Array(Schema.Number),
  deviation: Schema.Array(Schema.Number),
  /** The shorter side, in pixels, of a picture before its centre is cut out; without it, a picture just covers the shape. */
  resize: Schema.optionalKey(Schema.Int)
})
/** @category models */
export type Preprocessing = typeof Preprocessing.Type

/**
 * Decodes a PNG, JPEG or WebP file to the pixels that the network takes, before they are normalized.
 *
 * **Shapes** `[height, width, channels]` uint8. **Errors** `DatasetError` for other or truncated files, and for a network that takes neither grey nor RGB images.
 *
 * @category decoding
 */
export const decode = (
  bytes: Uint8Array,
  { channels, height, resize, width }: Preprocessing
): Effect.Effect<Uint8Array, DatasetError> =>
  channels === 1 || channels === 3
    ? ImageFile.decode(bytes, { height, width, channels }, resize === undefined ? {} : { resize })
    : Effect.fail(
        new DatasetError({
          op: "decode",
          reason: `an image file has 1 channel or 3, and this network takes ${channels}`,
          fix: "give the pixels themselves: { pixels: [height, width, channels] }"
        })
      )
