import { Result } from "effect"
import * as Cifar100 from "./Cifar100.js"
import { DatasetError } from "./DatasetError.js"
import type * as ImageSet from "./ImageSet.js"

const shape: ImageSet.ImageShape = { height: 32, width: 32, channels: 3 }
const plane = 32 * 32

/** How many label bytes stand before the pixels, and which of them is the class. */
const layouts = {
  cifar10: { labelBytes: 1, taken: 0, classes: 10 },
  cifar100: { labelBytes: 2, taken: 1, classes: 100 },
  "cifar100-coarse": { labelBytes: 2, taken: 0, classes: 20 }
} as const

/**
 * Reads a file of the binary CIFAR distributions: records of the label byte(s), then the red, green and blue planes of 32 x 32.
 *
 * CIFAR-100 has a coarse and a fine label, of which the layout names one.
 *
 * **Errors** `DatasetError` unless the length is a whole number of records, every class is below 10, 100 or 20, and every coarse label is that
 * of its fine one.
 * **Source** A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009.
 *
 * @category decoding
 */
export const decode = (
  bytes: Uint8Array,
  layout: keyof typeof layouts
): Result.Result<ImageSet.ImageSet<"classes">, DatasetError> => {
  const { classes, labelBytes, taken } = layouts[layout]
  const record = labelBytes + 3 * plane
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
    const start = index * record
    const label = bytes[start + taken]!
    if (label >= classes) {
      return altered(`the classes of ${layout} are 0 to ${classes - 1}; image ${index} has ${label}`)
    }
    if (labelBytes === 2 && Cifar100.coarseOf[bytes[start + 1]!] !== bytes[start]) {
      return altered(`image ${index} has the fine label ${bytes[start + 1]} and the coarse label ${bytes[start]}`)
    }
    labels[index] = label
    let to = index * 3 * plane
    const pixels = start + labelBytes
    for (let red = pixels; red < pixels + plane; red++) {
      images[to] = bytes[red]!
      images[to + 1] = bytes[red + plane]!
      images[to + 2] = bytes[red + 2 * plane]!
      to += 3
    }
  }
  return Result.succeed({ task: "classes", shape, count, images, labels })
}
