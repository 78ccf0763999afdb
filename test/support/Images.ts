import type { ImageSet, ImageShape } from "../../src/data/ImageSet.js"
import * as Random from "../../src/internal/Random.js"

/** A set of random images of `classes` classes. */
export const random = (count: number, shape: ImageShape, classes = 10): ImageSet<"classes"> => {
  const generator = Random.make(0, "test images")
  return {
    task: "classes",
    shape,
    count,
    images: Uint8Array.from({ length: count * shape.height * shape.width * shape.channels }, () =>
      generator.below(256)
    ),
    labels: Int32Array.from({ length: count }, () => generator.below(classes))
  }
}
