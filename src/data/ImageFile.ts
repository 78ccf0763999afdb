import { Effect } from "effect"
import type { Sharp } from "sharp"
import { DatasetError } from "./DatasetError.js"
import type { ImageShape } from "./ImageSet.js"
import { bilinear } from "./Resize.js"

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
 * How a picture is fitted to the shape.
 *
 * @category models
 */
export interface Fit {
  /**
   * The shorter side of the picture in pixels before its centre is cut out, as torchvision's `Resize` and `CenterCrop` do it. By default the picture is scaled until it just covers the shape.
   */
  readonly resize?: number
}

/** The centre of a picture whose shorter side is scaled to `resize` pixels: sizes, offsets and pixels are torchvision's. */
const centred = async (picture: Sharp, { height, width }: ImageShape, resize: number): Promise<Uint8Array> => {
  const { data, info } = await picture.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true })
  const scale = (side: number) => Math.floor((resize * side) / Math.min(info.width, info.height))
  const to = { height: Math.max(scale(info.height), height), width: Math.max(scale(info.width), width) }
  const scaled = bilinear(data, { height: info.height, width: info.width, channels: 3 }, to)
  const [top, left] = [halfEven(to.height - height), halfEven(to.width - width)]
  const row = width * 3
  const cut = new Uint8Array(height * row)
  for (let y = 0; y < height; y++) {
    const start = ((top + y) * to.width + left) * 3
    cut.set(scaled.subarray(start, start + row), y * row)
  }
  return cut
}

/** Half of a whole number, rounded to even as Python does. */
const halfEven = (whole: number): number => {
  const below = Math.floor(whole / 2)
  return whole % 2 === 0 || below % 2 === 0 ? below : below + 1
}

/** Loaded only when it is needed, so that programs with other data need no image library; once, as each `import` resolves the name again. */
const library = () => {
  loaded ??= import("sharp")
  return loaded
}
let loaded: Promise<typeof import("sharp")> | undefined

/**
 * Decodes a PNG, JPEG or WebP file to the pixels of an image of `shape`.
 *
 * The picture is turned upright by its EXIF data, scaled with its proportions until it just covers the shape, or to the `resize` pixels of a `Fit`, and cropped about
 * its centre; transparent parts become black; 3 channels are sRGB, 1 is grey.
 *
 * **Shapes** `[height, width, channels]` uint8. **Errors** `DatasetError` for other or truncated files.
 *
 * @category decoding
 */
export const decode = Effect.fnUntraced(function* (bytes: Uint8Array, shape: FileShape, { resize }: Fit = {}) {
  const { channels, height, width } = shape
  const rgb = yield* Effect.tryPromise({
    try: async () => {
      const { default: sharp } = await library()
      const picture = sharp(bytes).autoOrient().flatten({ background: "black" })
      return resize === undefined
        ? picture.resize(width, height, { fit: "cover", position: "centre" }).toColourspace("srgb").raw().toBuffer()
        : centred(picture, shape, resize)
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
    ? new Uint8Array(rgb.buffer, rgb.byteOffset, rgb.length)
    : Uint8Array.from({ length: height * width }, (_, i) => grey(rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!))
})
