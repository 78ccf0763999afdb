import { Result } from "effect"
import { DatasetError } from "./DatasetError.js"

/** Pixels as bytes: those of a byte array in place, other numbers checked and copied. `image` is the number of the first image. */
export const toBytes = (
  pixels: ArrayLike<number>,
  size: number,
  image = 0
): Result.Result<Uint8Array, DatasetError> => {
  if (pixels instanceof Uint8Array) return Result.succeed(pixels)
  if (pixels instanceof Uint8ClampedArray) {
    return Result.succeed(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.length))
  }
  const bytes = new Uint8Array(pixels.length)
  for (let i = 0; i < bytes.length; i++) {
    const pixel = pixels[i]!
    if (!(Number.isInteger(pixel) && pixel >= 0 && pixel <= 255)) {
      return Result.fail(
        new DatasetError({
          op: "decode",
          reason: `a pixel of image ${image + Math.floor(i / size)} is ${pixel}; expected whole numbers from 0 to 255`,
          fix: "scale the pixels to 0..255 and round them: those of a range of 0..1 times 255"
        })
      )
    }
    bytes[i] = pixel
  }
  return Result.succeed(bytes)
}

/** The pixels of images of `size` bytes as one array. */
export const concat = (images: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const all = new Uint8Array(images.length * size)
  for (const [index, image] of images.entries()) {
    all.set(image, index * size)
  }
  return all
}
