import { Effect } from "effect"
import { DatasetError } from "./DatasetError.js"
import type { ImageShape } from "./ImageSet.js"

/**
 * The shapes that an image file can be decoded to: grey or RGB.
 *
 * @category models
 */
export interface FileShape extends ImageShape {
  readonly channels: 1 | 3
}

/** Grey as Pillow computes it, the image library of PyTorch: ITU-R 601-2 luma in fixed point. */
const grey = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16

/**
 * Decodes a PNG, JPEG or WebP file to the pixels of an image of `shape`.
 *
 * The picture is turned upright by its EXIF data, scaled with its proportions until it just covers the shape, and cropped about its centre;
 * transparent parts become black; 3 channels are sRGB, 1 is grey.
 *
 * **Shapes** `[height, width, channels]` uint8. **Errors** `DatasetError` for other or truncated files.
 *
 * @category decoding
 */
export const decode = Effect.fnUntraced(function* (bytes: Uint8Array, { channels, height, width }: FileShape) {
  const rgb = yield* Effect.tryPromise({
    try: async () => {
      // Loaded only here, so that programs with other data need no image library.
      const { default: sharp } = await import("sharp")
      return sharp(bytes)
        .autoOrient()
        .flatten({ background: "black" })
        .resize(width, height, { fit: "cover", position: "centre" })
        .toColourspace("srgb")
        .raw()
        .toBuffer()
    },
    catch: (cause) =>
      new DatasetError({
        op: "decode",
        reason: (cause instanceof Error ? cause.message : String(cause)).trim().replace(/:$/, ""),
        fix: "give a whole PNG, JPEG or WebP file",
        cause
      })
  })
  return channels === 3
    ? new Uint8Array(rgb)
    : Uint8Array.from({ length: height * width }, (_, i) => grey(rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!))
})
