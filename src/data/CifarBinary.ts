import { Result } from "effect"
import { DatasetError } from "./DatasetError.js"
import type * as ImageSet from "./ImageSet.js"

const shape: ImageSet.ImageShape = { height: 32, width: 32, channels: 3 }
const plane = 32 * 32

/** How many label bytes stand before the pixels; the last of them is the class. */
const labelBytes = { cifar10: 1, cifar100: 2 } as const

/**
 * Reads a file of the binary CIFAR distributions: records of the label byte(s), then the red, green and blue planes of 32 x 32.
 *
 * CIFAR-100 has a coarse and a fine label; the fine one is taken.
 *
 * **Errors** `DatasetError` unless the length is a whole number of records and every class is below 10 or 100.
 * **Source** A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 */
export const decode = (
  bytes: Uint8Array,
  layout: keyof typeof labelBytes
): Result.Result<ImageSet.ImageSet, DatasetError> => {
  const head = labelBytes[layout]
  const record = head + 3 * plane
  const classes = layout === "cifar10" ? 10 : 100
  const altered = (reason: string) =>
    Result.fail(
      new DatasetError({ op: "decode", reason, fix: `fetch the ${layout} file again: it is truncated or altered` })
    )
  if (bytes.length === 0 || bytes.length % record !== 0) {
    return altered(
      `a ${layout} file is a whole number of records of ${record} bytes; this one has ${bytes.length} bytes`
    )
  }
  const count = bytes.length / record
  const images = new Uint8Array(count * 3 * plane)
  const labels = new Int32Array(count)
  for (let index = 0; index < count; index++) {
    const start = index * record + head
    const label = bytes[start - 1]!
    if (label >= classes) {
      return altered(`the classes of ${layout} are 0 to ${classes - 1}; image ${index} has ${label}`)
    }
    labels[index] = label
    let to = index * 3 * plane
    for (let red = start; red < start + plane; red++) {
      images[to] = bytes[red]!
      images[to + 1] = bytes[red + plane]!
      images[to + 2] = bytes[red + 2 * plane]!
      to += 3
    }
  }
  return Result.succeed({ shape, count, images, labels })
}
