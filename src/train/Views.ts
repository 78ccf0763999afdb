import * as tf from "@tensorflow/tfjs-core"
import type { Views } from "./ViewsKind.js"

export { Views } from "./ViewsKind.js"

/** The rows or columns of an image of that size shifted by one, the missing one reflected. */
const shifted = (size: number, by: 1 | -1): tf.Tensor1D =>
  tf.tensor1d(
    Array.from({ length: size }, (_, i) => {
      const from = i + by
      return from < 0 ? Math.min(1, size - 1) : from === size ? Math.max(size - 2, 0) : from
    }),
    "int32"
  )

const shift = (images: tf.Tensor4D, by: 1 | -1): tf.Tensor4D => {
  const [, height, width] = images.shape
  return tf.gather(tf.gather(images, shifted(height, by), 1), shifted(width, by), 2)
}

/**
 * The mean of a function's results for the views of images, with the views' weights.
 *
 * **Shapes** `images [n, height, width, channels] f32` -> the result of `forward` for one view.
 * **Ownership** everything it makes belongs to the enclosing `tf.tidy`.
 *
 * @category computing
 */
export const average = (
  views: Views,
  images: tf.Tensor4D,
  forward: (images: tf.Tensor4D) => tf.Tensor2D
): tf.Tensor2D => {
  // Only the logits of a view outlive it: its maps would fill the memory.
  const pair = (one: () => tf.Tensor4D): tf.Tensor2D =>
    tf.mul(
      0.5,
      tf.add(
        tf.tidy(() => forward(one())),
        tf.tidy(() => forward(tf.reverse(one(), 2)))
      )
    )
  switch (views) {
    case "none":
      return forward(images)
    case "flip":
      return pair(() => images)
    case "flip-shift": {
      const around = tf.add(
        pair(() => shift(images, -1)),
        pair(() => shift(images, 1))
      )
      return tf.add(
        tf.mul(
          0.5,
          pair(() => images)
        ),
        tf.mul(0.25, around)
      )
    }
  }
}
