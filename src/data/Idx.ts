import { Result } from "effect"
import { DatasetError } from "./DatasetError.js"
import * as ImageSet from "./ImageSet.js"

/**
 * An array of unsigned bytes with its dimensions, outermost first.
 *
 * @category models
 */
export interface IdxArray {
  readonly dimensions: ReadonlyArray<number>
  readonly data: Uint8Array
}

const altered = (reason: string) =>
  new DatasetError({
    op: "decode",
    reason,
    fix: "fetch the file again: it is truncated, altered, or not an IDX file of bytes"
  })

/**
 * Reads the IDX format of MNIST: two zero bytes, the type 8 (unsigned byte), the rank, big-endian 32-bit dimensions, the values.
 *
 * **Errors** `DatasetError` for another header and for one byte too few or too many. **Ownership** the data shares the memory of `bytes`.
 * **Source** Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", section "file formats".
 *
 * @category decoding
 */
export const decode = (bytes: Uint8Array): Result.Result<IdxArray, DatasetError> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== 8 || bytes[3] === 0) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ")
    return Result.fail(
      altered(`an IDX file of bytes starts with 00 00 08 and its rank; this one with ${start || "nothing"}`)
    )
  }
  const rank = view.getUint8(3)
  const header = 4 + 4 * rank
  if (bytes.length < header) {
    return Result.fail(altered(`an IDX header of rank ${rank} has ${header} bytes; the file has ${bytes.length}`))
  }
  const dimensions = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const expected = header + dimensions.reduce((product, size) => product * size, 1)
  if (bytes.length !== expected) {
    return Result.fail(
      altered(`an IDX file of dimensions ${dimensions.join(" x ")} has ${expected} bytes; this one has ${bytes.length}`)
    )
  }
  return Result.succeed({ dimensions, data: bytes.subarray(header) })
}

/**
 * A set of grey images from an IDX file of images `[count, height, width]` and one of labels `[count]`.
 *
 * **Errors** `DatasetError` when either file is something else, or their counts differ.
 *
 * @category decoding
 */
export const imageSet = (
  images: Uint8Array,
  labels: Uint8Array
): Result.Result<ImageSet.ImageSet<"classes">, DatasetError> =>
  Result.gen(function* () {
    const pixels = yield* decode(images)
    const classes = yield* decode(labels)
    const [count, height, width] = pixels.dimensions
    if (height === undefined || width === undefined || pixels.dimensions.length !== 3) {
      return yield* Result.fail(altered(`images have 3 dimensions; the file has ${pixels.dimensions.length}`))
    }
    if (classes.dimensions.length !== 1 || classes.dimensions[0] !== count) {
      return yield* Result.fail(
        altered(`${count} images need an array of ${count} labels; the file has ${classes.dimensions.join(" x ")}`)
      )
    }
    return yield* ImageSet.make({ height, width, channels: 1 }, pixels.data, classes.data)
  })
