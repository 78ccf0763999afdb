import type { ImageShape } from "../ImageSet.js"
import { blendTargets, type Pairs } from "./Mixup.js"

/** A part of an image: the rows `top` to `bottom` and the columns `left` to `right`, both exclusive at their ends. */
export interface Box {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/**
 * The box around a centre that covers `1 - lambda` of an image, cut off at its borders.
 *
 * **Source** Yun et al. 2019, arXiv:1905.04899, as timm rounds it: sides rounded down; one pixel more right of and below the centre if they are odd.
 */
export const boxAt = (
  { height, width }: ImageShape,
  lambda: number,
  centre: { readonly row: number; readonly column: number }
): Box => {
  const ratio = Math.sqrt(1 - lambda)
  const [rows, columns] = [Math.floor(height * ratio), Math.floor(width * ratio)]
  return {
    top: Math.max(0, centre.row - Math.floor(rows / 2)),
    bottom: Math.min(height, centre.row + Math.floor((rows + 1) / 2)),
    left: Math.max(0, centre.column - Math.floor(columns / 2)),
    right: Math.min(width, centre.column + Math.floor((columns + 1) / 2))
  }
}

/** The part of an image that is left of it outside of a box. */
export const outside = ({ height, width }: ImageShape, { bottom, left, right, top }: Box): number =>
  1 - ((bottom - top) * (right - left)) / (height * width)

/** CutMix: each image has its partner's pixels in the box, and as much of the partner's target as the box covers. */
export const cutmix = ({ count, images, targets }: Pairs, shape: ImageShape, box: Box): Pairs => {
  const size = images.length / count
  const mixed = images.slice()
  for (let i = 0; i < count; i++) {
    const across = (count - 1 - i) * size
    for (let row = box.top; row < box.bottom; row++) {
      const line = row * shape.width
      const [start, end] = [(line + box.left) * shape.channels, (line + box.right) * shape.channels]
      mixed.set(images.subarray(across + start, across + end), i * size + start)
    }
  }
  return { count, images: mixed, targets: blendTargets(targets, count, outside(shape, box)) }
}
